import FleetTransport
import Foundation
import TestServers
import Testing

/// T1, T2: agents, also those that do not do what agents do, and what files tell of their keys.
extension TransportCase {
    static let agentCases: [TransportCase] = [
        TransportCase("T1", "an agent that hangs up is passed over") { site in
            let agent = try await oddAgent(site, .hangsUp)
            #expect(try await site.run(shell("echo here"), variables: agent).output == "here\n")
        },
        TransportCase("T1", "an agent that hangs up before it signs costs an answer, and no more") { site in
            let key = try OddAgent.key(inFile: site.keys.file("ed25519") + ".pub")
            let agent = try await oddAgent(site, .lists([key]))
            // ssh takes the agent for the only one who can sign by the key; this transport takes the key's file then.
            if site.cell.transport.hasClients {
                try await refusal(site, site.endpoint(), variables: agent, .authentication, .denied)
            } else {
                #expect(try await site.run(shell("echo here"), variables: agent).output == "here\n")
            }
            var endpoint = site.endpoint()
            endpoint.identity = nil
            try await refusal(site, endpoint, variables: agent, .authentication, .denied)
        },
        TransportCase("T2", "a silent agent is nobody who answers in time, and holds up no other host") { site in
            var endpoint = site.endpoint()
            endpoint.connectTimeout = 1
            let start = ContinuousClock.now
            try await refusal(site, endpoint, variables: oddAgent(site, .silent), .transport, .timeout)
            #expect(start.duration(to: .now) < .seconds(3))
            #expect(try await site.run(shell("echo here")).output == "here\n")
        },
        TransportCase("T2", "more keys than the host looks at, and none is right") { site in
            let agent = try await oddAgent(site, .lists((0..<12).map { _ in OddAgent.strangeKey() }))
            var endpoint = site.endpoint()
            endpoint.identity = nil
            // More than one comes in time to see how the host ends it.
            for _ in 0..<3 { try await refusal(site, endpoint, variables: agent, .authentication, .denied) }
        },
        TransportCase("T2", "a connection that ends while we sign in was closed, and no key was refused") { site in
            let (proxy, there) = try await throughProxy(site)
            let key = try OddAgent.key(inFile: site.keys.file("ed25519") + ".pub")
            let agent = try await oddAgent(site, .signsBadly([key]) { proxy.harm(.endsAtNextWord) })
            var endpoint = there
            endpoint.identity = nil
            try await refusal(site, endpoint, variables: agent, .transport, .closed)
        },
        TransportCase("T1", "a public key's file names a key of the agent's") { site in
            let agent = try await agent(site, key: "ed25519")
            let work = try site.write(
                "work.pub",
                String(contentsOfFile: site.keys.file("ed25519") + ".pub", encoding: .utf8)
            )
            for path in [work, site.file("work")] {
                try site.write("config", "Host *\n  IdentitiesOnly yes\n  IdentityFile \(path)\n")
                var endpoint = site.endpoint()
                endpoint.identity = nil
                let (output, _) = try await site.run(
                    shell("echo here"),
                    to: endpoint,
                    variables: ["SSH_AUTH_SOCK": agent]
                )
                #expect(output == "here\n", "\(path)")
            }
        },
        TransportCase("T1", "a damaged key file does not keep us from the next") { site in
            let text = try String(contentsOfFile: site.keys.file("ecdsa"), encoding: .utf8)
            let damaged = try site.write("damaged", String(text.prefix(200)) + "\n-----END OPENSSH PRIVATE KEY-----\n")
            try site.write(
                "config",
                "Host *\n  IdentitiesOnly yes\n  IdentityFile \(damaged)\n  IdentityFile \(site.keys.file("ed25519"))\n"
            )
            var endpoint = site.endpoint()
            endpoint.identity = nil
            #expect(try await site.run(shell("echo here"), to: endpoint).output == "here\n")
            try site.write("config", "")
            endpoint.identity = damaged
            try await refusal(site, endpoint, .authentication, .badKeyFile)
        },
        TransportCase("T2", "a key file that others may read") { site in
            var endpoint = site.endpoint()
            let text = try String(contentsOfFile: site.keys.file("ed25519"), encoding: .utf8)
            let path = try site.write("open", text)
            endpoint.identity = path
            #expect(try await site.run(shell("echo here"), to: endpoint).output == "here\n")
            chmod(path, 0o644)
            try await refusal(site, endpoint, .authentication, .badKeyFile)
        },
    ]

    /// Starts an agent for as long as the case runs, and gives the variable that names it.
    private static func oddAgent(_ site: TransportSite, _ manner: OddAgent.Manner) async throws -> [String: String] {
        let agent = try await OddAgent.start(at: site.file("odd agent"), manner)
        site.onEnd { try await agent.stop() }
        return ["SSH_AUTH_SOCK": agent.path]
    }
}
