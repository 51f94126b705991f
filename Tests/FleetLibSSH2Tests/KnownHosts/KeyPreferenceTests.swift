import Testing

@testable import FleetLibSSH2

@Suite("Which key a host is asked for")
struct KeyPreferenceTests {
    private static let offered = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
        "rsa-sha2-256", "ssh-rsa",
    ]

    @Test("the types of known keys come first, in OpenSSH's order")
    func types() {
        let hosts = hosts("a \(SampleKeys.rsa)\na \(SampleKeys.ecdsa384)\nb \(SampleKeys.first)\n")
        #expect(hosts.keyTypes(forHost: "a", port: 22) == ["ecdsa-sha2-nistp384", "ssh-rsa"])
        #expect(hosts.keyTypes(forHost: "c", port: 22) == [])
        let expected = [
            "ecdsa-sha2-nistp384", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp521",
        ]
        #expect(hosts.host("a", port: 22).algorithms(Self.offered) == expected)
    }

    @Test("all types there are come in OpenSSH's order, but none of those it does not ask for")
    func allTypes() {
        let keys = [
            SampleKeys.dss, SampleKeys.rsa, SampleKeys.ecdsa521, SampleKeys.ecdsa384, SampleKeys.ecdsa256,
            SampleKeys.second, SampleKeys.first, SampleKeys.certificate,
        ]
        let hosts = hosts(keys.map { "a \($0)\n" }.joined())
        let types = ["ssh-ed25519"] + Self.offered[1...3] + ["ssh-rsa"]
        #expect(hosts.keyTypes(forHost: "a", port: 22) == types)
    }

    @Test("the order stays where the best type is known, or nothing is", arguments: ["a", "b"])
    func unchanged(_ host: String) {
        let hosts = hosts("a \(SampleKeys.rsa)\na \(SampleKeys.first)\n")
        #expect(hosts.host(host, port: 22).algorithms(Self.offered) == Self.offered)
        #expect(hosts.host(host, port: 22).algorithms([]) == [])
    }

    @Test("a port's own keys count, not those of the host without one")
    func port() {
        let hosts = hosts("a \(SampleKeys.rsa)\n[a]:2222 \(SampleKeys.ecdsa256)\n")
        #expect(hosts.keyTypes(forHost: "a", port: 2222) == ["ecdsa-sha2-nistp256"])
        #expect(hosts.keyTypes(forHost: "a", port: 2223) == [])
        #expect(hosts.keyTypes(forHost: "a", port: nil) == ["ssh-rsa"])
    }

    @Test("authorities and revoked keys are not asked for")
    func markers() {
        let revoked = hosts("a \(SampleKeys.rsa)\n@revoked a \(SampleKeys.rsa)\n@revoked a \(SampleKeys.first)\n")
        #expect(revoked.keyTypes(forHost: "a", port: 22) == [])
        let authority = hosts("@cert-authority a \(SampleKeys.ecdsa256)\n")
        #expect(authority.keyTypes(forHost: "a", port: 22) == [])
    }

    @Test("with an authority its certificates are asked for first, by who can check them")
    func certificates() {
        let hosts = hosts("@cert-authority a \(SampleKeys.ecdsa256)\na \(SampleKeys.rsa)\n")
        let offered = ["ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", "rsa-sha2-512", "of nobody"]
        let expected = ["ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-512", "ssh-ed25519", "of nobody"]
        #expect(hosts.host("a", port: 22).algorithms(offered) == expected)
        #expect(hosts.host("a", port: 22).algorithms(Array(offered.dropFirst())) == Array(expected[1...]))
    }

    private func hosts(_ text: String) -> KnownHosts {
        KnownHosts(files: [.init(path: "file", bytes: Array(text.utf8))])
    }
}
