import Testing

@testable import FleetLibSSH2

/// What lines say of a host's key; each line of the tables is checked against OpenSSH too (`OpenSSHComparisonTests`).
@Suite("Known hosts")
struct KnownHostsTests {
    private static let key = SampleKeys.blob(SampleKeys.first)

    @Test("a key that a line has is known, by its place")
    func known() {
        let files = ["# none\n\nb \(SampleKeys.first)\n", "a \(SampleKeys.second)\na \(SampleKeys.first) of a\n"]
        #expect(verdict(files, "a", 22) == .known(place(2, 2)))
        #expect(verdict(files, "b", 22) == .known(place(1, 3)))
    }

    @Test("nothing is known without a line", arguments: [[], [""], ["\n"], ["# a\n"], ["b \(SampleKeys.first)"]])
    func unknown(_ files: [String]) { #expect(verdict(files, "a", 22) == .unknown(authority: nil)) }

    @Test("another key has changed, also one of another type, and the last line is told")
    func changed() {
        let files = ["a \(SampleKeys.second)\na \(SampleKeys.rsa)\nb \(SampleKeys.first)\n"]
        #expect(verdict(files, "a", 22) == .changed(place(1, 2), storedType: "ssh-rsa"))
    }

    @Test("a revoked key is refused, wherever it is known besides")
    func revoked() {
        let files = ["a \(SampleKeys.first)\n", "@revoked * \(SampleKeys.first)\n"]
        #expect(verdict(files, "a", 22) == .revoked(place(2, 1)))
        #expect(verdict(["@revoked * \(SampleKeys.second)\n"] + files.prefix(1), "a", 22) == .known(place(2, 1)))
        #expect(verdict(["@revoked b \(SampleKeys.first)\n"] + files.prefix(1), "a", 22) == .known(place(2, 1)))
    }

    @Test("a certificate that is revoked revokes its key")
    func revokedCertificate() {
        #expect(verdict(["@revoked a \(SampleKeys.certificate)"], "a", 22) == .revoked(place(1, 1)))
    }

    @Test("an authority makes no key known, and is told")
    func authority() {
        let line = "@cert-authority *.example \(SampleKeys.second)\n"
        #expect(verdict([line], "a.example", 22) == .unknown(authority: place(1, 1)))
        #expect(verdict([line], "a.example", 2222) == .unknown(authority: place(1, 1)))
        #expect(verdict([line], "b", 22) == .unknown(authority: nil))
        #expect(verdict(["@cert-authority a \(SampleKeys.first)\n"], "a", 22) == .unknown(authority: place(1, 1)))
        let both = [line, "a.example \(SampleKeys.first)\n"]
        #expect(verdict(both, "a.example", 22) == .known(place(2, 1)))
    }

    @Test("a port has lines of its own, and those of the host without one where it has none")
    func port() {
        let own = ["[a]:2222 \(SampleKeys.first)\n"]
        #expect(verdict(own, "a", 2222) == .known(place(1, 1)))
        #expect(verdict(own, "a", 22) == .unknown(authority: nil))
        #expect(verdict(own, "a", 2223) == .unknown(authority: nil))
        #expect(verdict(["a \(SampleKeys.first)\n"], "a", 2222) == .known(place(1, 1)))
        #expect(verdict(["[a]:22 \(SampleKeys.first)\n"], "a", 22) == .unknown(authority: nil))
    }

    @Test("a host without a port counts for a port only where it knows or revokes the key")
    func withoutPort() {
        #expect(verdict(["a \(SampleKeys.second)\n"], "a", 2222) == .unknown(authority: nil))
        #expect(verdict(["@revoked a \(SampleKeys.first)\n"], "a", 2222) == .revoked(place(1, 1)))
        let changed = ["a \(SampleKeys.first)\n[a]:2222 \(SampleKeys.second)\n"]
        #expect(verdict(changed, "a", 2222) == .changed(place(1, 2), storedType: "ssh-ed25519"))
        let revoked = ["@revoked a \(SampleKeys.first)\n[a]:2222 \(SampleKeys.first)\n"]
        #expect(verdict(revoked, "a", 2222) == .known(place(1, 2)))
    }

    @Test("an alias stands for host and port")
    func alias() {
        let files = ["builder \(SampleKeys.first)\n[other]:2222 \(SampleKeys.first)\n"]
        #expect(verdict(files, "builder", nil) == .known(place(1, 1)))
        #expect(verdict(files, "Builder", nil) == .known(place(1, 1)))
        #expect(verdict(files, "other", nil) == .unknown(authority: nil))
        #expect(verdict(files, "[other]:2222", nil) == .known(place(1, 2)))
    }

    @Test("names are hashed in lower case", arguments: ["a.example", "A.EXAMPLE"])
    func hashed(_ name: String) {
        let files = ["\(HashedNameTests.plain) \(SampleKeys.first)\n\(HashedNameTests.withPort) \(SampleKeys.second)"]
        #expect(verdict(files, name, 22) == .known(place(1, 1)))
        #expect(verdict(files, name, 2222) == .changed(place(1, 2), storedType: "ssh-ed25519"))
    }

    @Test("a key that cannot be read is no one's")
    func garbage() {
        let hosts = KnownHosts(files: files(["a \(SampleKeys.first)\n@revoked a \(SampleKeys.second)\n"]))
        #expect(hosts.verdict(forHost: "a", port: 22, key: [1, 2]) == .changed(place(1, 1), storedType: "ssh-ed25519"))
        #expect(hosts.verdict(forHost: "b", port: 22, key: []) == .unknown(authority: nil))
    }

    @Test(
        "blanks, tabs, comments, carriage returns and a missing last newline make no difference",
        arguments: [
            "a \(SampleKeys.first)", "a \(SampleKeys.first) me@here # and more\n", " \t a \(SampleKeys.first)\n",
            "a\t\(SampleKeys.first.replacing(" ", with: "\t"))\t\n", "a  \(SampleKeys.first)  \n",
            "a \(SampleKeys.first)\r\n", "\r\na \(SampleKeys.first) me\r\n", "a \(SampleKeys.first)\0rest\n",
        ]
    )
    func blanks(_ file: String) {
        let hosts = KnownHosts(files: files([file]))
        guard case .known = hosts.verdict(forHost: "a", port: 22, key: Self.key) else {
            Issue.record("\(file) knows no key")
            return
        }
        #expect(hosts.findings == [])
    }

    private func verdict(_ texts: [String], _ host: String, _ port: Int?) -> KnownHost.Verdict {
        KnownHosts(files: files(texts)).verdict(forHost: host, port: port, key: Self.key)
    }

    private func files(_ texts: [String]) -> [KnownHosts.File] {
        texts.enumerated().map { KnownHosts.File(path: "file \($0 + 1)", bytes: Array($1.utf8)) }
    }

    private func place(_ file: Int, _ line: Int) -> KnownHosts.Place { .init(path: "file \(file)", line: line) }
}
