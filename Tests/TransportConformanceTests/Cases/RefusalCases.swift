import FleetTransport
import Foundation
import TestServers
import Testing

/// T2: each way of not getting there is a failure of its own.
extension TransportCase {
    static let refusalCases: [TransportCase] = [
        TransportCase("T2", "a key that is not accepted") { site in
            var endpoint = site.endpoint()
            endpoint.identity = site.keys.file("unknown")
            let error = try await refusal(site, endpoint, .authentication, .denied)
            let secret = try String(contentsOfFile: site.keys.file("unknown"), encoding: .utf8)
            for line in secret.split(separator: "\n") { #expect(!error.description.contains(line)) }
        },
        TransportCase("T2.user", "an account that does not exist") { site in
            try await refusal(site, site.endpoint("nobody-of-that-name"), .authentication, .denied)
        },
        TransportCase("T2", "a key file that does not exist") { site in
            var endpoint = site.endpoint()
            endpoint.identity = site.file("no such key")
            let error = try await refusal(site, endpoint, .authentication, .badKeyFile)
            #expect(error.message.contains("no such key"))
        },
        TransportCase("T2", "a key file that holds no key") { site in
            var endpoint = site.endpoint()
            endpoint.identity = try site.write("noise", "not a key\n")
            try await refusal(site, endpoint, .authentication, .badKeyFile)
        },
        TransportCase("T2.beside", "a key that is not accepted, beside a file that holds none") { site in
            let (noise, unknown) = (try site.write("noise", "not a key\n"), site.keys.file("unknown"))
            let files = "  IdentityFile \(noise)\n  IdentityFile \(unknown)\n"
            try site.write("config", "Host *\n  IdentitiesOnly yes\n\(files)")
            var endpoint = site.endpoint()
            endpoint.identity = nil
            try await refusal(site, endpoint, .authentication, .denied)
        },
        TransportCase("T2", "a port on which nobody listens") { site in
            // Bound, so that nobody else takes it, but not listened on.
            let port = try OddServer.reserve(site)
            var endpoint = site.endpoint()
            endpoint.port = port
            try await refusal(site, endpoint, .transport, .refused)
        },
        TransportCase("T2", "a port that is silent") { site in
            var endpoint = site.endpoint()
            endpoint.port = try OddServer.start(site, .silent)
            endpoint.connectTimeout = 1
            let start = ContinuousClock.now
            try await refusal(site, endpoint, .transport, .timeout)
            #expect(start.duration(to: .now) < .seconds(4))
        },
        TransportCase("T2", "a name that has no address") { site in
            var endpoint = site.endpoint()
            // No label may be so long, so that nobody is asked for it.
            endpoint.host = String(repeating: "a", count: 64) + ".invalid"
            try await refusal(site, endpoint, .transport, .unresolvable)
        },
        TransportCase("T2", "a connection that is closed at once") { site in
            var endpoint = site.endpoint()
            endpoint.port = try OddServer.start(site, .says(""))
            try await refusal(site, endpoint, .transport, .closed)
        },
        TransportCase("T2", "a connection that is closed in mid-handshake") { site in
            var endpoint = site.endpoint()
            endpoint.port = try OddServer.start(site, .says("SSH-2.0-test\r\n"))
            try await refusal(site, endpoint, .transport, .closed)
        },
        TransportCase("T2.negotiation", "a host that agrees on keys with SHA-1 alone") { site in
            let settings = "KexAlgorithms diffie-hellman-group1-sha1"
            let server = try await site.server(.init(environment: ["SSHD_CONFIG": settings]))
            try await refusal(site, site.endpoint(on: server), .transport, .negotiation)
        },
        TransportCase("T2.http", "a port that speaks HTTP") { site in
            var endpoint = site.endpoint()
            endpoint.port = try OddServer.start(
                site,
                .says("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nno\n")
            )
            try await refusal(site, endpoint, .transport, .notSSH)
        },
    ]

    /// Expects a failure, within the connect timeout.
    @discardableResult
    static func refusal(
        _ site: TransportSite,
        _ endpoint: SSHEndpoint,
        variables: [String: String] = [:],
        _ code: TransportError.Code,
        _ reason: TransportError.Reason
    ) async throws -> TransportError {
        let start = ContinuousClock.now
        let error = await #expect(throws: TransportError.self) {
            try await site.run(shell("true"), to: endpoint, variables: variables)
        }
        guard let error else { throw Command.Failure("no failure of \(endpoint.name)") }
        #expect(error.code == code && error.reason == reason, "\(error.reason?.rawValue ?? "-"): \(error)")
        #expect(error.message.contains(endpoint.name))
        #expect(start.duration(to: .now) < .seconds(endpoint.connectTimeout + 2))
        return error
    }
}
