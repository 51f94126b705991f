import Testing

@testable import FleetLibSSH2

@Suite("Malformed lines of known hosts")
struct KnownHostsFindingsTests {
    private static let base64 = String(SampleKeys.first.dropFirst(12))

    /// A line, and what is wrong with it.
    static let lines = [
        ("a", "it has no key"),
        ("a ", "it has no key"),
        ("a # ssh-ed25519", "it has no key"),
        ("a ssh-ed25519", "it has no key behind the type"),
        ("a ssh-ed25519 ", "it has no key behind the type"),
        ("a \(base64)", "the key's type is unknown"),
        ("a ssh-unknown \(base64)", "the key's type is unknown"),
        ("a SSH-ED25519 \(base64)", "the key's type is unknown"),
        ("a 1024 65537 1234567890", "the key's type is unknown"),
        ("a ssh-ed25519 not-base64!", "the key is not base64"),
        ("a ssh-ed25519 \(base64.dropLast())", "the key is not base64"),
        ("a ssh-ed25519 \(base64)=", "the key is not base64"),
        ("a ssh-ed25519 \(base64.dropLast(4))", "the key is damaged"),
        ("a ssh-ed25519 AAAA", "the key's type is unknown"),
        ("a ssh-rsa \(base64)", "the key is of another type than the line says"),
        ("a ssh-ed25519-cert-v01@openssh.com \(base64)", "the key is of another type than the line says"),
        (
            "a " + SampleKeys.ecdsa256.replacing("a-sha2-nistp256 ", with: "a-sha2-nistp384 "),
            "the key is of another type than the line says"
        ),
        ("@revoke a \(SampleKeys.first)", "the marker is unknown, or no blank is behind it"),
        ("@Revoked a \(SampleKeys.first)", "the marker is unknown, or no blank is behind it"),
        ("@ a \(SampleKeys.first)", "the marker is unknown, or no blank is behind it"),
        ("@revoked", "the marker is unknown, or no blank is behind it"),
        // OpenSSH looks for a blank first, and takes all before it for the marker.
        ("@revoked\ta \(SampleKeys.first)", "the marker is unknown, or no blank is behind it"),
        ("@revoked @cert-authority a \(SampleKeys.first)", "it has two markers"),
        ("@revoked @revoked a \(SampleKeys.first)", "it has two markers"),
        ("|1|a \(SampleKeys.first)", "the hashed name is malformed"),
        ("|1|Zm9v|Zm9v \(SampleKeys.first)", "the hashed name is malformed"),
    ]

    @Test("are kept with what is wrong, and lose nothing but themselves", arguments: lines)
    func line(_ text: String, _ why: String) {
        let hosts = KnownHosts(files: [file("b \(SampleKeys.second)\n\(text)\na \(SampleKeys.first)\n")])
        #expect(hosts.findings == [.init(place: .init(path: "file", line: 2), why: why)])
        let key = SampleKeys.blob(SampleKeys.first)
        #expect(hosts.verdict(forHost: "a", port: 22, key: key) == .known(.init(path: "file", line: 3)))
        let other = SampleKeys.blob(SampleKeys.second)
        #expect(hosts.verdict(forHost: "b", port: 22, key: other) == .known(.init(path: "file", line: 1)))
    }

    @Test("those of a host are told for it, with its port and without")
    func ofHost() {
        let hosts = KnownHosts(files: [file("a x\nb y\n[a]:2222 z\n* ssh-rsa AAAA\n|1| q\n")])
        #expect(hosts.host("A", port: 22).findings.map(\.place.line) == [1, 4])
        #expect(hosts.host("a", port: 2222).findings.map(\.place.line) == [1, 3, 4])
        #expect(hosts.host("c", port: 22).findings.map(\.place.line) == [4])
        #expect(hosts.findings.map(\.place.line) == [1, 2, 3, 4, 5])
    }

    @Test("a tab behind a marker does where the line has no blank")
    func tabs() {
        let line = "@revoked\ta\t" + SampleKeys.first.replacing(" ", with: "\t")
        let hosts = KnownHosts(files: [file(line)])
        let verdict = hosts.verdict(forHost: "a", port: 22, key: SampleKeys.blob(SampleKeys.first))
        #expect(verdict == .revoked(.init(path: "file", line: 1)))
    }

    @Test("are told with their place")
    func description() {
        let finding = KnownHosts.Finding(place: .init(path: "/f", line: 3), why: "it has no key")
        #expect(finding.description == "/f:3: it has no key")
        #expect(KnownHosts.Place(path: "/f", line: nil).description == "/f")
    }

    private func file(_ text: String) -> KnownHosts.File { .init(path: "file", bytes: Array(text.utf8)) }
}
