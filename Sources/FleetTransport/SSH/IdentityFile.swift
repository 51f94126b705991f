#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What can be told of a private key's file before it is tried.
package enum IdentityFile {
    /// No private key is longer than this.
    private static let limit = 64 << 10

    /// Refuses a file that is missing, and one behind a passphrase where no agent could hold its key.
    ///
    /// - Throws: ``TransportError`` of code `authentication`.
    static func check(_ path: String, hasAgent: Bool, host: String) throws {
        guard let bytes = content(of: path) else {
            throw TransportError(
                .authentication,
                "\(host): the key file \(path) cannot be read: \(String(cString: strerror(errno)))",
                reason: .badKeyFile,
                hint: "name a private key's file in identity"
            )
        }
        guard !hasReturns(bytes) else {
            throw TransportError(
                .authentication,
                "\(host): the key file \(path) cannot be used: its lines end as on Windows (CRLF)",
                reason: .badKeyFile,
                hint: "make a copy without: tr -d '\\r' < FILE > COPY; chmod 600 COPY"
            )
        }
        guard isEncrypted(bytes), !hasAgent else { return }
        throw TransportError(
            .authentication,
            "\(host): the key file \(path) is behind a passphrase, and nobody is asked for it",
            reason: .encryptedKey,
            hint: "start an agent and add the key to it (ssh-add), or use a key without a passphrase"
        )
    }

    /// Whether the key of a file is encrypted; nil where the file cannot be read.
    static func isEncrypted(file path: String) -> Bool? { content(of: path).map(isEncrypted) }

    /// Whether a private key's file says that it is encrypted: PEM in a header, OpenSSH's own form in the cipher's name
    /// (PROTOCOL.key of OpenSSH).
    package static func isEncrypted(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        if text.contains("ENCRYPTED") { return true }
        guard text.contains(openSSHHead) else { return false }
        // "openssh-key-v1", NUL, the name's length and "none": 23 bytes, of which base64 fixes the first 30 characters.
        let body = text.split(whereSeparator: \.isNewline).dropFirst().first ?? ""
        return !body.hasPrefix("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")
    }

    private static let openSSHHead = "-----BEGIN OPENSSH PRIVATE KEY-----"

    /// Whether OpenSSH's own form is written so that `ssh` does not know it again: its first line ends by LF alone.
    private static func hasReturns(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(openSSHHead + "\r\n")
    }

    /// Whether others than this account may read or write a private key's file; `ssh` takes none that is so, either.
    package static func isExposed(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_uid == getuid() && facts.st_mode & 0o077 != 0
    }

    package static func content(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = read(descriptor, &bytes, limit)
        guard count >= 0 else { return nil }
        return Array(bytes.prefix(count))
    }
}
