import FleetTransport
import Foundation
import TestServers
import Testing

/// T3: who the host is.
extension TransportCase {
    static let hostKeyCases: [TransportCase] = [
        TransportCase("T3", "an unknown key is refused, with its fingerprint and how to accept it") { site in
            try site.write("known_hosts", "")
            let error = try await refusal(site, site.endpoint(), .hostKey, .unknownHostKey)
            #expect(error.message.contains("SHA256:") && error.hint?.contains("host_key_fingerprint") ?? false)
            #expect(try site.read("known_hosts") == "")
        },
        TransportCase("T3", "a known_hosts file that does not exist knows no key") { site in
            var endpoint = site.endpoint()
            endpoint.knownHosts = site.file("no such file")
            try await refusal(site, endpoint, .hostKey, .unknownHostKey)
            #expect(!FileManager.default.fileExists(atPath: site.file("no such file")))
        },
        TransportCase("T3", "another key than the known one is refused, told apart from an unknown one") { site in
            try await knows(site) { host, keys in
                keys.map { "\(host) \($0.prefix { $0 != " " }) \(strangerBlob($0))\n" }.joined()
            }
            let error = try await refusal(site, site.endpoint(), .hostKey, .changedHostKey)
            #expect(error.message.contains("SHA256:"))
        },
        TransportCase("T3", "a host whose keys were made anew is refused") { site in
            let server = try await site.server(.init(name: "rekeyed"))
            let endpoint = site.endpoint(on: server)
            try await site.run(shell("true"), to: endpoint)
            try await server.execute(["server", "keys"])
            try await refusal(site, endpoint, .hostKey, .changedHostKey)
        },
        TransportCase("T3", "hashed entries are known") { site in
            try await Command.run(["ssh-keygen", "-q", "-H", "-f", site.file("known_hosts")])
            #expect(try !site.read("known_hosts").contains("127.0.0.1"))
            try await site.run(shell("true"))
        },
        TransportCase("T3", "an entry of another port, or without one, is not taken for a port's own") { site in
            try await knows(site) { _, keys in keys.map { "[127.0.0.1]:1 \($0)\n" }.joined() }
            try await refusal(site, site.endpoint(), .hostKey, .unknownHostKey)
        },
        TransportCase("T3", "wildcards, and their negation") { site in
            let port = try site.server.port
            try await knows(site) { _, keys in keys.map { "[127.0.*]:\(port) \($0)\n" }.joined() }
            try await site.run(shell("true"))
            try await knows(site) { host, keys in keys.map { "[127.0.*]:\(port),!\(host) \($0)\n" }.joined() }
            try await refusal(site, site.endpoint(), .hostKey, .unknownHostKey)
        },
        TransportCase("T3", "one type of several is enough, whichever it is") { site in
            for index in try await site.server.hostKeys().indices {
                try await knows(site) { host, keys in "\(host) \(keys[index])\n" }
                if isMissing(try await site.server.hostKeys()[index], site) {
                    try await refusal(site, site.endpoint(), .configuration, .unsupported)
                    continue
                }
                try await site.run(shell("true"))
            }
        },
        TransportCase("T3", "a revoked key is refused, also where it is known") { site in
            try await knows(site) { host, keys in
                keys.map { "\(host) \($0)\n@revoked * \($0)\n" }.joined()
            }
            try await refusal(site, site.endpoint(), .hostKey, .revokedHostKey)
        },
        TransportCase("T3", "a malformed line loses that line only") { site in
            try await knows(site) { host, keys in
                "\(host) ssh-ed25519 not base64!\n\(host)\n\u{1}\u{2} garbage\n"
                    + keys.map { "\(host) \($0)\n" }.joined()
            }
            try await site.run(shell("true"))
        },
        TransportCase("T3", "whatever ssh_config says, nothing but known hosts or a pin vouches for a host") { site in
            let own = site.endpoint()
            for setting in ["NoHostAuthenticationForLocalhost yes", "VerifyHostKeyDNS yes", "StrictHostKeyChecking no"]
            {
                try site.write("config", "Host *\n  \(setting)\n")
                var endpoint = own
                endpoint.hostKeyFingerprint = "SHA256:" + String(repeating: "A", count: 43)
                try await refusal(site, endpoint, .hostKey, .pinMismatch)
                endpoint = own
                endpoint.knownHosts = try site.write("nobody", "")
                try await refusal(site, endpoint, .hostKey, .unknownHostKey)
            }
        },
        TransportCase("T3.pin", "a pinned fingerprint is enough, whichever key of the host it is of") { site in
            try site.write("known_hosts", "")
            for key in try await site.server.hostKeys() where !isMissing(key, site) {
                var endpoint = site.endpoint()
                endpoint.hostKeyFingerprint = try await fingerprint(site, key)
                try await site.run(shell("true"), to: endpoint)
            }
        },
        TransportCase("T3.pin", "a pinned fingerprint that differs is refused, also where the key is known") { site in
            var endpoint = site.endpoint()
            let pin = "SHA256:" + String(repeating: "A", count: 43)
            endpoint.hostKeyFingerprint = pin
            let error = try await refusal(site, endpoint, .hostKey, .pinMismatch)
            #expect(error.message.contains(pin))
        },
    ]

    static let authorityCases: [TransportCase] = [
        TransportCase("T3.authority", "a host certificate of a known authority is honoured, of another refused") {
            site in
            let keys = try await TestKeys.shared.value
            let place = try PrivateDirectory.make("hostkeys")
            try await Command.run([
                "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "\(place)/ssh_host_ed25519_key",
            ])
            try await Command.run([
                "ssh-keygen", "-q", "-s", keys.file("authority"), "-I", "host", "-h", "-n", "127.0.0.1",
                "\(place)/ssh_host_ed25519_key.pub",
            ])
            let server = try await site.server(
                .init(
                    environment: ["HOST_KEYS": "ed25519"],
                    arguments: ["--volume", "\(place):/host-keys:ro"],
                    name: "certified"
                )
            )
            let host = "[127.0.0.1]:\(server.port)"
            try site.write("known_hosts", "@cert-authority \(host) \(keys.authority)")
            try await site.run(shell("true"), to: site.endpoint(on: server))
            let other = try String(contentsOfFile: keys.file("unknown") + ".pub", encoding: .utf8)
            try site.write("known_hosts", "@cert-authority \(host) \(other)")
            try await refusal(site, site.endpoint(on: server), .hostKey, .unknownHostKey)
        }
    ]

    /// Writes the known hosts of a case, from the host's name as they have it and its keys.
    static func knows(_ site: TransportSite, _ lines: (String, [String]) -> String) async throws {
        let server = try site.server
        try site.write("known_hosts", lines("[127.0.0.1]:\(server.port)", try await server.hostKeys()))
    }

    /// Whether the transport cannot check a key of this type.
    private static func isMissing(_ key: String, _ site: TransportSite) -> Bool {
        site.cell.transport.missingKeys.keys.contains { key.hasPrefix("ssh-\($0)") }
    }

    /// A public key's blob with another key in it.
    private static func strangerBlob(_ key: String) -> String {
        var blob = Data(base64Encoded: String(key.split(separator: " ")[1])) ?? Data()
        // The last bytes are a part of the key's number for every type.
        blob[blob.count - 1] ^= 2
        return blob.base64EncodedString()
    }

    static func fingerprint(_ site: TransportSite, _ key: String) async throws -> String {
        let file = try site.write("key.pub", key + "\n")
        let words = try await Command.run(["ssh-keygen", "-l", "-f", file]).text.split(separator: " ")
        return String(words[1])
    }
}
