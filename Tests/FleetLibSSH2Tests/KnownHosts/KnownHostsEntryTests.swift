import Testing

@testable import FleetLibSSH2

@Suite("Lines by which keys become known")
struct KnownHostsEntryTests {
    @Test(
        "make their key known",
        arguments: [
            ("a.example", 22, "a.example "), ("A.Example", 2222, "[a.example]:2222 "), ("builder", nil, "builder "),
            ("::1", 22, "::1 "), ("::1", 2222, "[::1]:2222 "),
        ] as [(String, Int?, String)]
    )
    func line(_ host: String, _ port: Int?, _ name: String) throws {
        let key = SampleKeys.blob(SampleKeys.first)
        let line = try #require(KnownHosts.line(forHost: host, port: port, key: key))
        #expect(line == name + SampleKeys.first)
        let hosts = KnownHosts(files: [.init(path: "file", bytes: Array(line.utf8))])
        #expect(hosts.verdict(forHost: host, port: port, key: key) == .known(.init(path: "file", line: 1)))
    }

    @Test(
        "there are none of a name that cannot stand in one",
        arguments: ["", "a b", "a,b", "*", "a?", "!a", "@a", "#a", "|1|", "[a]", "a\n", "a'", "a\"", "a\\", "\u{7F}"]
    )
    func names(_ host: String) {
        #expect(KnownHosts.line(forHost: host, port: 22, key: SampleKeys.blob(SampleKeys.first)) == nil)
    }

    @Test(
        "there are none of what is no key, or a certificate",
        arguments: [[], SampleKeys.blob(SampleKeys.certificate)]
    )
    func keys(_ key: [UInt8]) { #expect(KnownHosts.line(forHost: "a", port: 22, key: key) == nil) }
}
