import Foundation
import TestServers
import Testing

@testable import FleetTransport

/// Which key files are refused before anybody is contacted.
@Suite("Key files")
struct IdentityFileTests {
    /// A key that `ssh-keygen` makes.
    struct Key: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The form of its file, as `ssh-keygen -m` has it; nil for OpenSSH's own.
        let form: String?
        /// How its file begins.
        let head: String
        let passphrase: String

        init(_ what: String, form: String?, head: String, passphrase: String = "") {
            (testDescription, self.form, self.head, self.passphrase) = (what, form, head, passphrase)
        }
    }

    private static let plainKeys = [
        Key("OpenSSH", form: nil, head: "-----BEGIN OPENSSH PRIVATE KEY-----"),
        Key("PEM", form: "PEM", head: "-----BEGIN EC PRIVATE KEY-----"),
        Key("PKCS #8", form: "PKCS8", head: "-----BEGIN PRIVATE KEY-----"),
    ]
    private static let encryptedKeys = [
        Key("OpenSSH", form: nil, head: "-----BEGIN OPENSSH PRIVATE KEY-----", passphrase: "words"),
        Key("PEM", form: "PEM", head: "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", passphrase: "words"),
        Key("PKCS #8", form: "PKCS8", head: "-----BEGIN ENCRYPTED PRIVATE KEY-----", passphrase: "words"),
    ]

    @Test("a key without a passphrase is taken, with and without an agent", arguments: plainKeys)
    func plain(_ key: Key) async throws {
        try await Self.with(key) { path in
            for hasAgent in [false, true] { try IdentityFile.check(path, hasAgent: hasAgent, host: "h") }
            #expect(IdentityFile.isEncrypted(file: path) == false)
        }
    }

    @Test("a key whose lines end as on Windows, which ssh cannot read, is told as such", arguments: [false, true])
    func returns(hasAgent: Bool) async throws {
        try await Self.with(Self.plainKeys[0]) { path in
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try text.replacingOccurrences(of: "\n", with: "\r\n").write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: TransportError.self) {
                try IdentityFile.check(path, hasAgent: hasAgent, host: "h:22")
            }
            #expect(error?.code == .authentication && error?.reason == .badKeyFile)
            #expect(error?.message == "h:22: the key file \(path) cannot be used: its lines end as on Windows (CRLF)")
            #expect(error?.hint?.contains(#"tr -d '\r'"#) == true)
            #expect(IdentityFile.isEncrypted(file: path) == false)
        }
    }

    @Test("an encrypted key is refused where there is no agent, with that advice", arguments: encryptedKeys)
    func withoutAgent(_ key: Key) async throws {
        try await Self.with(key) { path in
            let error = #expect(throws: TransportError.self) {
                try IdentityFile.check(path, hasAgent: false, host: "h:22")
            }
            #expect(error?.code == .authentication && error?.reason == .encryptedKey)
            #expect(error?.message == "h:22: the key file \(path) is behind a passphrase, and nobody is asked for it")
            #expect(error?.hint?.contains("ssh-add") == true)
        }
    }

    @Test("an encrypted key is taken where there is an agent, which may hold it", arguments: encryptedKeys)
    func withAgent(_ key: Key) async throws {
        try await Self.with(key) { path in
            try IdentityFile.check(path, hasAgent: true, host: "h")
            #expect(IdentityFile.isEncrypted(file: path) == true)
        }
    }

    @Test(
        "a file that is missing or cannot be read is told with the reason, whether there is an agent or not",
        arguments: [("none", ENOENT), ("directory", EISDIR), ("loop", ELOOP), ("file/key", ENOTDIR)],
        [false, true]
    )
    func unreadable(_ kind: (name: String, fault: Int32), hasAgent: Bool) throws {
        let directory = try PrivateDirectory.make("key")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: "\(directory)/directory", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: "\(directory)/loop", withDestinationPath: "loop")
        try "".write(toFile: "\(directory)/file", atomically: false, encoding: .utf8)
        Self.expectUnreadable("\(directory)/\(kind.name)", kind.fault, hasAgent: hasAgent)
    }

    @Test(
        "a file that this account may not read is told as such",
        .enabled(if: geteuid() != 0, "gap: root may read every file")
    )
    func forbidden() async throws {
        try await Self.with(Self.plainKeys[0]) { path in
            chmod(path, 0)
            Self.expectUnreadable(path, EACCES, hasAgent: false)
        }
    }

    private static func expectUnreadable(_ path: String, _ fault: Int32, hasAgent: Bool) {
        let error = #expect(throws: TransportError.self) {
            try IdentityFile.check(path, hasAgent: hasAgent, host: "h:22")
        }
        let reason = String(cString: strerror(fault))
        #expect(error?.code == .authentication && error?.reason == .badKeyFile)
        #expect(error?.message == "h:22: the key file \(path) cannot be read: \(reason)")
        #expect(error?.hint == "name a private key's file in identity")
        #expect(IdentityFile.isEncrypted(file: path) == nil)
    }

    private static func with(_ key: Key, _ body: (String) throws -> Void) async throws {
        let directory = try PrivateDirectory.make("key")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/id"
        try await Command.run(
            ["ssh-keygen", "-q", "-t", "ecdsa", "-N", key.passphrase, "-C", "", "-f", path]
                + (key.form.map { ["-m", $0] } ?? [])
        )
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix(key.head))
        try body(path)
    }
}
