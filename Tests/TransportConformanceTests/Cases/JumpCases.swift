import FleetTransport
import Foundation
import TestServers
import TestSupport
import Testing

/// T12: jump hosts, held to the same rules.
extension TransportCase {
    static let jumpCases: [TransportCase] = [
        TransportCase("T12", "ProxyJump of the configuration through one and two hosts") { site in
            let hops = try await Hops(site)
            try hops.configure(site)
            for name in ["builder-over-one", "builder-over-two"] {
                let (output, _) = try await site.run(shell("hostname"), to: alias(site, name))
                #expect(output == hops.targetName)
            }
        },
        TransportCase("T12", "a jump host is given no forwardings, and no way of its own by ssh_config") { site in
            let hops = try await Hops(site)
            try hops.configure(site)
            let port = try OddServer.reserve(site)
            let settings = "Host *\n  LocalForward 127.0.0.1:\(port) 127.0.0.1:22\n  ProxyUseFdpass yes\n"
            try site.write("config", site.read("config") + settings)
            for name in ["builder-over-one", "builder-over-two"] {
                let session = try await site.connect(alias(site, name))
                let talk = try await session.talk(shell("echo here; read line"))
                try await talk.wait(for: "here")
                let probe = try await Command.run(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"], mayFail: true)
                #expect(probe.code != 0)
                try await talk.send("\n")
                _ = try await talk.end()
                await session.close()
            }
        },
        TransportCase("T12.again", "the way is looked for anew where it led nowhere") { site in
            try site.write("config", "Host 127.0.0.1\n  ProxyJump nobody@localhost:\(try OddServer.reserve(site))\n")
            let session = try await site.connect()
            await #expect(throws: TransportError.self) { try await session.run(shell("true")) }
            try site.write("config", "")
            #expect(try await session.run(shell("echo here")).output == "here\n")
        },
        TransportCase("T12", "proxy_jump of the spec through one and two hosts, as ssh -J takes them") { site in
            let hops = try await Hops(site)
            for jumps in [hops.jumps[0], "\(hops.jumps[1]),\(hops.jumps[0])", "ssh://\(hops.jumps[0])"] {
                var endpoint = hops.endpoint(site)
                endpoint.proxyJump = jumps
                let session = try await site.connect(endpoint)
                for _ in 0..<2 { #expect(try await session.run(shell("hostname")).output == hops.targetName) }
                await session.close()
            }
        },
        TransportCase("T12", "a jump host whose key is unknown is refused, without a question") { site in
            let hops = try await Hops(site)
            try await expectUnknown(hops.first, of: hops, through: hops.jumps[0], site)
        },
        TransportCase("T12", "the second jump host's unknown key is refused likewise") { site in
            let hops = try await Hops(site)
            try await expectUnknown(hops.second, of: hops, through: "\(hops.jumps[0]),\(hops.jumps[1])", site)
        },
        TransportCase("T12", "a jump host whose key changed is refused, and told apart") { site in
            let hops = try await Hops(site)
            try hops.replace(site, hops.first)
            var endpoint = hops.endpoint(site)
            endpoint.proxyJump = hops.jumps[0]
            let error = try await refusal(site, endpoint, .hostKey, .changedHostKey)
            #expect(error.message.contains("jump host"))
        },
        TransportCase("T12", "the target's unknown key behind a jump host is the target's") { site in
            let hops = try await Hops(site)
            try hops.forget(site, hops.target)
            var endpoint = hops.endpoint(site)
            endpoint.proxyJump = hops.jumps[0]
            let error = try await refusal(site, endpoint, .hostKey, .unknownHostKey)
            #expect(!error.message.contains("jump host"))
        },
        TransportCase("T12", "a pinned fingerprint is the target's, not the jump host's") { site in
            let hops = try await Hops(site)
            var endpoint = hops.endpoint(site)
            endpoint.proxyJump = hops.jumps[0]
            endpoint.hostKeyFingerprint = try await fingerprint(site, hops.target.hostKeys()[0])
            try await site.run(shell("true"), to: endpoint)
            endpoint.hostKeyFingerprint = try await fingerprint(site, hops.first.hostKeys()[0])
            try await refusal(site, endpoint, .hostKey, .pinMismatch)
        },
        TransportCase("T12", "a jump host on which nobody listens, and one that refuses our key") { site in
            let hops = try await Hops(site)
            var endpoint = hops.endpoint(site)
            endpoint.proxyJump = "codewhale@127.0.0.1:\(try OddServer.reserve(site))"
            try await refusal(site, endpoint, .transport, .refused)
            endpoint.proxyJump = "nobody-of-that-name@\(hops.first.address)"
            try await refusal(site, endpoint, .authentication, .denied)
        },
        TransportCase("T12", "a loop of jump hosts is refused") { site in
            try site.write("config", "Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n")
            try await refusal(site, alias(site, "a"), .configuration, .client)
        },
        TransportCase("T12.terminal", "where there is a terminal nothing is asked on it") { site in
            let hops = try await Hops(site)
            var endpoint = hops.endpoint(site)
            // The jump host's key, the host's key, and a key behind a passphrase: each could be asked about.
            try hops.forget(site, hops.first)
            endpoint.proxyJump = hops.jumps[0]
            #expect(try await UnderTerminal.run(site, endpoint).contains("unknown_host_key"))
            endpoint.proxyJump = nil
            try site.write("known_hosts", "")
            #expect(try await UnderTerminal.run(site, endpoint).contains("unknown_host_key"))
            let known = try await hops.target.knownHosts()
            try site.write("known_hosts", known)
            endpoint.identity = site.keys.file("unknown")
            #expect(try await UnderTerminal.run(site, endpoint).contains("denied"))
            // Known to the host, but encrypted, and named by the configuration alone.
            try site.write("config", "Host *\n  IdentityFile \(site.keys.file("encrypted"))\n  IdentitiesOnly yes\n")
            endpoint.identity = nil
            #expect(try await UnderTerminal.run(site, endpoint).contains("denied"))
        },
    ]
    /// The key of a jump host is taken out of the known hosts, and missed.
    private static func expectUnknown(
        _ jump: TestServer,
        of hops: Hops,
        through list: String,
        _ site: TransportSite
    ) async throws {
        try hops.forget(site, jump)
        var endpoint = hops.endpoint(site)
        endpoint.proxyJump = list
        let error = try await refusal(site, endpoint, .hostKey, .unknownHostKey)
        #expect(error.message.contains("jump host") && error.message.contains(jump.address))
    }
}

/// Three servers, two of which are jump hosts to the third; containers reach one another by their addresses.
struct Hops: Sendable {
    let first: TestServer
    let second: TestServer
    let target: TestServer
    /// The jump hosts as `ssh -J` takes them.
    let jumps: [String]
    let targetName: String

    init(_ site: TransportSite) async throws {
        let kind = try site.server.kind
        target = try site.server
        first = try await TestServers.shared.server(kind, .init(name: "first jump"))
        second = try await TestServers.shared.server(kind, .init(name: "second jump"))
        jumps = [first, second].map { "codewhale@\($0.address):22" }
        targetName = String(target.id.prefix(12)) + "\n"
        let lines = [try await first.knownHosts(), try await second.knownHosts(), try await target.knownHosts()]
        try site.write("known_hosts", lines.joined())
    }

    func endpoint(_ site: TransportSite) -> SSHEndpoint {
        var endpoint = site.endpoint()
        (endpoint.host, endpoint.port) = (target.address, 22)
        return endpoint
    }

    /// Takes the keys of a server out of the known hosts.
    func forget(_ site: TransportSite, _ server: TestServer) throws {
        let lines = try site.read("known_hosts").split(separator: "\n")
        try site.write(
            "known_hosts",
            lines.filter { !$0.contains(",\(server.address) ") }.joined(separator: "\n") + "\n"
        )
    }

    /// Gives a server the keys of another in the known hosts.
    func replace(_ site: TransportSite, _ server: TestServer) throws {
        let lines = try site.read("known_hosts").split(separator: "\n")
        let own = lines.filter { $0.contains(",\(server.address) ") }
        let others = lines.filter { $0.contains(",\(target.address) ") }
        let forged = others.compactMap { line in
            own.first.map {
                "\($0.prefix { $0 != " " }) " + line.split(separator: " ").dropFirst().joined(separator: " ")
            }
        }
        try forget(site, server)
        try site.write("known_hosts", site.read("known_hosts") + forged.joined(separator: "\n") + "\n")
    }

    /// Writes the hosts into the case's ssh configuration.
    func configure(_ site: TransportSite) throws {
        let common = """
              User codewhale
              IdentityFile \(site.keys.file("ed25519"))
              IdentitiesOnly yes
              UserKnownHostsFile \(site.file("known_hosts"))

            """
        try site.write(
            "config",
            """
            Host builder-over-one
              HostName \(target.address)
              ProxyJump jump-one
            \(common)
            Host builder-over-two
              HostName \(target.address)
              ProxyJump jump-two
            \(common)
            Host jump-one
              HostName \(first.address)
            \(common)
            Host jump-two
              HostName \(second.address)
              ProxyJump jump-one
            \(common)
            """
        )
    }
}
