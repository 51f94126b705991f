import FleetLibSSH2
import FleetTransport
import Foundation
import TestServers
import Testing

/// T12: the user's ssh configuration counts.
extension TransportCase {
    static let configurationCases: [TransportCase] = [
        TransportCase("T12", "an alias with HostName, User, Port, IdentityFile and UserKnownHostsFile") { site in
            try writeBuilder(site, "IdentityFile \(site.keys.file("ed25519"))\n  IdentitiesOnly yes")
            #expect(try await site.run(shell("echo $USER"), to: alias(site)).output == "codewhale\n")
        },
        TransportCase("T12", "IdentityFile with ~ and %h, and Include") { site in
            // `ssh` takes the account's home for `~`, whatever HOME says.
            let home = NSHomeDirectoryForUser(NSUserName()) ?? "/root"
            let name = ".cwt-\(UUID().uuidString.prefix(8))"
            let place = "\(home)/\(name)"
            try FileManager.default.createDirectory(
                atPath: place,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            site.onEnd { try FileManager.default.removeItem(atPath: place) }
            try FileManager.default.copyItem(atPath: site.keys.file("ed25519"), toPath: "\(place)/key-127.0.0.1")
            try site.write("included", "IdentityFile ~/\(name)/key-%h\nIdentitiesOnly yes\n")
            try writeBuilder(site, "Include \(site.file("included"))")
            #expect(try await site.run(shell("echo $USER"), to: alias(site)).output == "codewhale\n")
        },
        TransportCase("T12", "HostKeyAlias names the known host") { site in
            try await knows(site) { _, keys in keys.map { "builder-key \($0)\n" }.joined() }
            try site.write("config", "Host *\n  HostKeyAlias builder-key\n")
            try await site.run(shell("true"))
            try site.write("known_hosts", "")
            try await refusal(site, site.endpoint(), .hostKey, .unknownHostKey)
        },
        TransportCase("T12", "what the spec says comes before the configuration") { site in
            try site.write(
                "config",
                "Host *\n  User nobody-of-that-name\n  Port 1\n  IdentityFile /no/such\n  UserKnownHostsFile /no/such\n"
            )
            try await site.run(shell("true"))
        },
        TransportCase("T12", "a longer connect timeout of the configuration does not lengthen ours") { site in
            try site.write("config", "Host *\n  ConnectTimeout 60\n")
            var endpoint = site.endpoint()
            endpoint.port = try OddServer.start(site, .silent)
            endpoint.connectTimeout = 1
            try await refusal(site, endpoint, .transport, .timeout)
        },
        TransportCase("T12", "a ProxyCommand is followed, or refused with the transport that does; auto takes that one")
        {
            site in
            // What it is told by a variable of ours is there, as it is with ssh itself.
            let relay = "bash -c '[ \"$RELAY\" = here ] || exit 1; exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3; wait'"
            try site.write("config", "Host *\n  ProxyCommand \(relay)\n")
            if site.cell.transport.hasClients {
                let (output, _) = try await site.run(shell("echo here"), variables: ["RELAY": "here"])
                #expect(output == "here\n")
                return
            }
            let error = try await refusal(site, site.endpoint(), .configuration, .unsupported)
            #expect(error.hint?.contains(#""transport": "system""#) ?? false)
            let (auto, told) = auto(site, site.endpoint(), system: ["RELAY": "here"])
            let session = try await auto.connect()
            for _ in 0..<2 { #expect(try await session.run(shell("echo here")).output == "here\n") }
            await session.close()
            #expect(told.value == 1)
        },
        TransportCase("T12", "a configuration that cannot be read is a failure of its own") { site in
            try site.write("config", "Host *\n  NoSuchOption yes\n")
            let error = try await refusal(site, site.endpoint(), .configuration, .client)
            #expect(error.hint?.lowercased().contains("nosuchoption") ?? false)
        },
    ]

    /// Writes a configuration in which the server is the host `builder`.
    private static func writeBuilder(_ site: TransportSite, _ identity: String) throws {
        try site.write(
            "config",
            """
            Host builder
              HostName 127.0.0.1
              User codewhale
              Port \(site.server.port)
              UserKnownHostsFile \(site.file("known_hosts"))
              \(identity)
            """
        )
    }

    /// An endpoint of which everything is left to the configuration.
    static func alias(_ site: TransportSite, _ name: String = "builder") -> SSHEndpoint {
        var endpoint = SSHEndpoint(host: name)
        endpoint.configFile = site.file("config")
        return endpoint
    }
}
