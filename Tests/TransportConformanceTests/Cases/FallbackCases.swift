import FleetTransport
import Foundation
import NIOPosix
import TestServers
import Testing

@testable import FleetLibSSH2

/// T12: where the native transport cannot serve a host, `auto` takes the system's client.
extension TransportCase {
    static let fallbackCases: [TransportCase] = [
        TransportCase("T12.auto", "auto changes the transport where only a channel shows that it must") { site in
            // A key that libssh2 may not be able to use is seen when somebody signs in.
            var endpoint = site.endpoint()
            endpoint.identity = site.keys.file("rsa")
            try await expectService(site, endpoint, fallbacks: LibSSH2.isModern ? 0 : 1)
        },
        TransportCase("T12.auto", "a file that holds no key hides neither a key that works nor one that cannot be used")
        {
            site in
            let noise = try site.write("noise", "not a key\n")
            var endpoint = site.endpoint()
            endpoint.identity = nil
            for (key, fallbacks) in [("ed25519", 0), ("rsa", LibSSH2.isModern ? 0 : 1)] {
                try site.write(
                    "config",
                    "Host *\n  IdentitiesOnly yes\n  IdentityFile \(noise)\n  IdentityFile \(site.keys.file(key))\n"
                )
                try await expectService(site, endpoint, fallbacks: fallbacks)
            }
        },
        TransportCase("T12.methods", "a host that takes no key of ours, and what ssh alone can show, is left to ssh") {
            site in
            let settings = "GSSAPIAuthentication yes"
            var endpoint = site.endpoint(on: try await site.server(.init(environment: ["SSHD_CONFIG": settings])))
            endpoint.identity = site.keys.file("unknown")
            for (line, reason, fallbacks) in [
                ("yes", TransportError.Reason.otherMethod, 1), ("no", TransportError.Reason.denied, 0),
            ] {
                try site.write("config", "Host *\n  GSSAPIAuthentication \(line)\n")
                let pool = try await site.pool(endpoint)
                let error = await #expect(throws: TransportError.self) { try await pool.session.run(shell("true")) }
                #expect(error?.code == .authentication && error?.reason == reason)
                #expect(error?.hint?.contains("gssapi-with-mic") == (fallbacks == 1))
                let (auto, told) = auto(site, endpoint)
                let session = try await auto.connect()
                let last = await #expect(throws: TransportError.self) { try await session.run(shell("true")) }
                // There is no ticket, so that nobody lets ssh in either.
                #expect(last?.reason == .denied)
                #expect(told.value == fallbacks)
                await session.close()
            }
        },
        TransportCase("T12.methods", "a host that has taken our key before is not left to ssh for good") { site in
            let server = try await site.server(.init(environment: ["SSHD_CONFIG": "GSSAPIAuthentication yes"]))
            let (proxy, way) = try await site.proxied(to: server)
            try site.write("config", "Host *\n  GSSAPIAuthentication yes\n")
            func use(_ key: String) throws {
                try site.write("key", String(contentsOfFile: site.keys.file(key), encoding: .utf8))
            }
            var endpoint = way
            endpoint.identity = site.file("key")
            try use("ed25519")
            let (auto, told) = auto(site, endpoint)
            let session = try await auto.connect()
            #expect(try await session.run(shell("echo here")).output == "here\n")
            try use("unknown")
            try await proxy.reset()
            let error = await #expect(throws: TransportError.self) { try await session.run(shell("true")) }
            #expect(error?.reason == .otherMethod)
            try use("ed25519")
            #expect(try await session.run(shell("echo again")).output == "again\n")
            #expect(told.value == 0)
            await session.close()
        },
        TransportCase("T12.methods", "what is wrong with a key is told beside what the host takes as well") { site in
            let settings = "GSSAPIAuthentication yes"
            var endpoint = site.endpoint(on: try await site.server(.init(environment: ["SSHD_CONFIG": settings])))
            try site.write("config", "Host *\n  GSSAPIAuthentication yes\n")
            let key = try String(contentsOfFile: site.keys.file("unknown"), encoding: .utf8)
            endpoint.identity = try site.write("exposed", key)
            chmod(site.file("exposed"), 0o644)
            let pool = try await site.pool(endpoint)
            let error = await #expect(throws: TransportError.self) { try await pool.session.run(shell("true")) }
            #expect(error?.code == .authentication && error?.reason == .otherMethod)
            #expect(error?.message.contains(site.file("exposed")) == true)
            #expect(error?.hint?.contains("chmod 600") == true && error?.hint?.contains("gssapi-with-mic") == true)
        },
        TransportCase("T12.hardened", "a host that allows only what the native transport leaves out is served") {
            site in
            try await expectService(site, try await hardened(site), fallbacks: 1)
        },
        TransportCase("T12.hardened", "such a host is told as one by libssh2 alone, and asked once") { site in
            let pool = try await site.pool(try await hardened(site))
            let error = await #expect(throws: TransportError.self) { try await pool.session.run(shell("true")) }
            #expect(error?.reason == .negotiation)
            #expect(error?.hint?.contains(#""transport": "system""#) ?? false)
            let counters = await pool.counters
            #expect(counters.connects == 1 && counters.failures == [.connect(.configuration): 1])
        },
        TransportCase("T12.hardened", "a fallback that could not be had once is tried again") { site in
            let endpoint = try await hardened(site)
            try site.write(
                "ssh",
                "#!/bin/sh\nmkdir \"$HOME/failed\" 2>/dev/null && exit 71\nexec /usr/bin/ssh \"$@\"\n"
            )
            chmod(site.file("ssh"), 0o700)
            let (auto, told) = auto(site, endpoint, system: ["PATH": "\(site.directory):/usr/bin:/bin"])
            let session = try await auto.connect()
            await #expect(throws: TransportError.self) { try await session.run(shell("true")) }
            for _ in 0..<2 { #expect(try await session.run(shell("echo here")).output == "here\n") }
            await session.close()
            await #expect(throws: TransportError.self) { try await session.run(shell("true")) }
            #expect(told.value == 1)
        },
        TransportCase("T12.hardened", "a pinned key of a kind that libssh2 may not know is looked for by ssh") { site in
            let server = try site.server
            let key = try #require(try await server.hostKeys().first { $0.hasPrefix("ssh-rsa") })
            var endpoint = site.endpoint()
            endpoint.hostKeyFingerprint = try await fingerprint(site, key)
            try await expectService(site, endpoint, fallbacks: LibSSH2.isModern ? 0 : 1)
        },
    ]

    /// The way to a server with the algorithms of usual guides, none of which is safe in libssh2.
    private static func hardened(_ site: TransportSite) async throws -> SSHEndpoint {
        let settings =
            "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com\nMACs hmac-sha2-256-etm@openssh.com"
        return site.endpoint(on: try await site.server(.init(environment: ["SSHD_CONFIG": settings])))
    }

    /// Runs commands over `auto`, which must fall back so often.
    private static func expectService(_ site: TransportSite, _ endpoint: SSHEndpoint, fallbacks: Int) async throws {
        let (auto, told) = auto(site, endpoint)
        let session = try await auto.connect()
        for _ in 0..<2 { #expect(try await session.run(shell("echo here")).output == "here\n") }
        await session.close()
        #expect(told.value == fallbacks)
    }

    /// A transport that chooses, and how often it has fallen back.
    ///
    /// - Parameters:
    ///   - site: whose environment counts.
    ///   - endpoint: the host.
    ///   - variables: what the system's client alone is given.
    /// - Returns: the two.
    static func auto(
        _ site: TransportSite,
        _ endpoint: SSHEndpoint,
        system variables: [String: String] = [:]
    ) -> (AutoTransport, Watched<Int>) {
        let told = Watched(0)
        let (loop, environment) = (MultiThreadedEventLoopGroup.singleton.next(), site.environment)
        let auto = AutoTransport(
            native: LibSSH2Transport(endpoint: endpoint, environment: environment, eventLoop: loop),
            system: SystemSSHTransport(
                endpoint: endpoint,
                environment: environment.merging(variables) { $1 },
                eventLoop: loop
            )
        ) { _ in told.change { $0 += 1 } }
        return (auto, told)
    }
}
