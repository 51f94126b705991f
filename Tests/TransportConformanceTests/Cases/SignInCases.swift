import FleetTransport
import Foundation
import TestServers
import Testing

/// T1: who we are.
extension TransportCase {
    static let signInCases: [TransportCase] =
        ["ed25519", "ecdsa", "rsa"]
        .map { type in
            TransportCase("T1", "an \(type) key file opens a session") { site in
                var endpoint = site.endpoint()
                endpoint.identity = site.keys.file(type)
                if site.cell.transport.missingKeys[type] != nil {
                    let error = try await refusal(site, endpoint, .configuration, .unsupported)
                    #expect(error.hint?.contains(#""transport": "system""#) ?? false)
                    return
                }
                let (output, end) = try await site.run(shell("echo here"), to: endpoint)
                #expect(output == "here\n" && end.status == .code(0))
            }
        } + [
            TransportCase("T1", "an agent's key opens a session, without a key file") { site in
                let socket = try await agent(site, key: "ed25519")
                var endpoint = site.endpoint()
                endpoint.identity = nil
                let (output, _) = try await site.run(
                    shell("echo here"),
                    to: endpoint,
                    variables: ["SSH_AUTH_SOCK": socket]
                )
                #expect(output == "here\n")
            },
            TransportCase("T1", "an encrypted key file whose key an agent holds opens a session") { site in
                let socket = try await agent(site, key: "encrypted")
                var endpoint = site.endpoint()
                endpoint.identity = site.keys.file("encrypted")
                let (output, _) = try await site.run(
                    shell("echo here"),
                    to: endpoint,
                    variables: ["SSH_AUTH_SOCK": socket]
                )
                #expect(output == "here\n")
            },
            TransportCase("T1.certificate", "an OpenSSH certificate opens a session, and its key alone does not") {
                site in
                var endpoint = site.endpoint()
                endpoint.identity = site.keys.file("certified")
                await #expect(throws: TransportError.self) { try await site.run(shell("true"), to: endpoint) }
                let server = try await site.server(.init(environment: ["TRUSTED_USER_CA": site.keys.authority]))
                endpoint.port = server.port
                let (output, _) = try await site.run(shell("echo here"), to: endpoint)
                #expect(output == "here\n")
            },
            TransportCase("T1.unasked", "a host that asks for no key opens a session") { site in
                var endpoint = site.endpoint("open")
                endpoint.identity = site.keys.file("unknown")
                let (output, end) = try await site.run(shell("echo here"), to: endpoint)
                #expect(output == "here\n" && end.status == .code(0))
            },
            TransportCase("T1", "an encrypted key file without an agent is refused at once, with that advice") { site in
                var endpoint = site.endpoint()
                endpoint.identity = site.keys.file("encrypted")
                let start = ContinuousClock.now
                let error = await #expect(throws: TransportError.self) {
                    try await site.run(shell("true"), to: endpoint)
                }
                #expect(start.duration(to: .now) < .milliseconds(500))
                #expect(error?.code == .authentication && error?.reason == .encryptedKey)
                #expect(error?.hint?.contains("ssh-add") ?? false)
                #expect(error?.message.contains(site.keys.file("encrypted")) ?? false)
            },
        ]

    /// Starts an agent that holds a key, for as long as the case runs.
    static func agent(_ site: TransportSite, key: String) async throws -> String {
        let socket = site.file("agent")
        let output = try await Command.run(["ssh-agent", "-s", "-a", socket])
        let words = output.text.split(whereSeparator: { "=; ".contains($0) })
        guard let index = words.firstIndex(where: { $0.hasSuffix("SSH_AGENT_PID") }),
            let pid = Int32(words[index + 1])
        else { throw Command.Failure("ssh-agent said: \(output.text)") }
        site.onEnd { kill(pid, SIGKILL) }
        try site.write("askpass", "#!/bin/sh\necho \"\(TestKeys.passphrase)\"\n")
        chmod(site.file("askpass"), 0o700)
        try await Command.run(
            ["ssh-add", "-q", site.keys.file(key)],
            variables: [
                "SSH_AUTH_SOCK": socket, "SSH_ASKPASS": site.file("askpass"), "SSH_ASKPASS_REQUIRE": "force",
            ]
        )
        return socket
    }
}
