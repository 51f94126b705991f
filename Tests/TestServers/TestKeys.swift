import Foundation

/// The keys of a run of tests, made once, in a directory that goes with the run.
package struct TestKeys: Sendable {
    /// Where they are.
    package let directory: String
    /// The lines of an `authorized_keys` file: all but those that are to be refused.
    package let authorized: String
    /// The public key that signs certificates of users and hosts.
    package let authority: String

    /// What the encrypted key is encrypted with.
    package static let passphrase = "a test's passphrase"

    /// The file of a key: `ed25519`, `ecdsa`, `rsa`, `encrypted`, `certified` (known by its certificate alone),
    /// `unknown` (known to nobody), `authority`.
    package func file(_ name: String) -> String { "\(directory)/id_\(name)" }

    /// The keys of this run.
    package static let shared = Task { try await make() }

    private static func make() async throws -> TestKeys {
        let directory = try PrivateDirectory.make("keys")
        func key(_ name: String, _ type: String, passphrase: String = "") async throws {
            let size = type == "rsa" ? ["-b", "2048"] : []
            try await Command.run(
                ["ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", "", "-f", "\(directory)/id_\(name)"] + size
            )
        }
        for type in ["ed25519", "ecdsa", "rsa"] { try await key(type, type) }
        for name in ["certified", "unknown", "authority"] { try await key(name, "ed25519") }
        try await key("encrypted", "ed25519", passphrase: passphrase)
        try await Command.run([
            "ssh-keygen", "-q", "-s", "\(directory)/id_authority", "-I", "test", "-n", "codewhale",
            "\(directory)/id_certified.pub",
        ])
        func publicKey(_ name: String) throws -> String {
            try String(contentsOfFile: "\(directory)/id_\(name).pub", encoding: .utf8)
        }
        return TestKeys(
            directory: directory,
            authorized: try ["ed25519", "ecdsa", "rsa", "encrypted"].map(publicKey).joined(),
            authority: try publicKey("authority")
        )
    }
}

/// Directories that go with the run of tests.
package enum PrivateDirectory {
    /// A new one, with a short path, as paths of sockets are short.
    package static func make(_ purpose: String) throws -> String {
        let path = "/tmp/cwt-\(purpose)-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        Reaper.shared.note("directory", path)
        return path
    }
}
