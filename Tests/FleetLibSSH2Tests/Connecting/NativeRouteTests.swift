import Testing

@testable import FleetLibSSH2
@testable import FleetTransport

/// Which ssh configurations are followed, and which are refused rather than followed by half.
@Suite("Ways to hosts")
struct NativeRouteTests {
    /// The way to `host`, of which `ssh -G` would print these lines, and others of jump hosts.
    private func route(_ lines: String, jumps: [String: String] = [:]) async throws -> NativeRoute {
        var endpoint = SSHEndpoint(host: "host")
        endpoint.user = "me"
        let resolver = SSHResolver(
            query: { host in
                let text = "hostname \(host.host)\nuser me\nport 22\n" + (jumps[host.host] ?? lines)
                return try #require(SSHConfiguration(output: text))
            },
            home: "/home/me",
            hasAgent: false
        )
        let environment = ["HOME": "/home/me", "PLACE": "/place"]
        return try await NativeResolver(endpoint: endpoint, environment: environment, resolver: resolver).route()
    }

    @Test(
        "what cannot be followed is refused",
        arguments: [
            "revokedhostkeys /etc/ssh/revoked", "bindaddress 10.0.0.1", "bindinterface eth1", "proxycommand nc %h %p",
            "knownhostscommand keys", "ciphers chacha20-poly1305@openssh.com", "macs hmac-sha1",
            "kexalgorithms diffie-hellman-group1-sha1", "hostkeyalgorithms ssh-dss",
            "userknownhostsfile /a b/known_hosts",
        ]
    )
    func refused(_ line: String) async throws {
        let error = await #expect(throws: TransportError.self) { try await route(line) }
        #expect(error?.reason == .unsupported)
        let keyword = line.prefix { $0 != " " }
        #expect(error?.message.lowercased().contains(keyword) ?? false)
    }

    @Test(
        "of a jump host, too",
        arguments: ["proxycommand nc %h %p", "knownhostscommand keys", "revokedhostkeys /r", "bindaddress 10.0.0.1"]
    )
    func jump(_ line: String) async throws {
        let error = await #expect(throws: TransportError.self) { try await route("proxyjump j", jumps: ["j": line]) }
        #expect(error?.reason == .unsupported)
    }

    @Test(
        "what ssh alone can show is what it would show",
        arguments: [
            ("", []), ("gssapiauthentication no\nhostbasedauthentication no", []),
            ("gssapiauthentication yes", ["gssapi-with-mic"]),
            ("gssapiauthentication yes\nhostbasedauthentication yes", ["gssapi-with-mic", "hostbased"]),
            ("gssapiauthentication yes\npreferredauthentications publickey,password", []),
            ("gssapiauthentication yes\npreferredauthentications publickey,gssapi-with-mic", ["gssapi-with-mic"]),
        ] as [(String, [String])]
    )
    func otherMethods(_ lines: String, _ methods: [String]) async throws {
        #expect(try await route(lines).hops.last?.otherMethods == methods)
    }

    @Test("a ProxyCommand that ssh would not come to is none")
    func passedOver() async throws {
        let jumps = ["j": "", "k": "proxycommand nc %h %p"]
        let way = try await route("proxyjump j,k\nproxycommand nc %h %p", jumps: jumps)
        #expect(way.hops.map(\.hostName) == ["j", "k", "host"])
    }

    @Test("algorithms are those of both, in our order")
    func algorithms() async throws {
        let hop = try await route(
            """
            ciphers aes128-ctr,chacha20-poly1305@openssh.com,aes256-ctr
            kexalgorithms ecdh-sha2-nistp384,diffie-hellman-group1-sha1,curve25519-sha256
            macs umac-64@openssh.com,hmac-sha2-512
            hostkeyalgorithms ecdsa-sha2-nistp256,ssh-dss
            """
        )
        .hops[0]
        #expect(hop.algorithms.ciphers == ["aes256-ctr", "aes128-ctr"])
        #expect(hop.algorithms.keyExchanges == ["curve25519-sha256", "ecdh-sha2-nistp384"])
        #expect(hop.algorithms.codes == ["hmac-sha2-512"])
        #expect(hop.algorithms.hostKeys == ["ecdsa-sha2-nistp256"])
        let offer = try HostKeyOffer(hop, known: KnownHost(), families: nil)
        #expect(offer.algorithms == ["ecdsa-sha2-nistp256"])
    }

    @Test("paths have variables and tokens in them, and none is no path")
    func paths() async throws {
        let hop = try await route(
            """
            identityfile ${PLACE}/%r
            identityfile none
            certificatefile /c/%%x
            certificatefile ${NOWHERE}/c
            userknownhostsfile ${PLACE}/known /other
            globalknownhostsfile none
            addressfamily inet6
            """
        )
        .hops[0]
        #expect(hop.identityFiles == ["/place/me"])
        #expect(hop.certificateFiles == ["/c/%x", "${NOWHERE}/c"])
        #expect(hop.knownHosts == ["/place/known", "/other"])
        #expect(hop.addressFamily == .inet6)
    }

    @Test("this account is asked for once, from as many threads as there are")
    func accounts() async throws {
        let homes = try await withThrowingTaskGroup { group in
            for _ in 0..<64 { group.addTask { try await route("identityfile ~/id_%u").hops[0].identityFiles } }
            return try await group.reduce(into: Set<[String]>()) { $0.insert($1) }
        }
        #expect(homes.count == 1)
    }
}
