import CLibCrypto

/// The fingerprint of a host's key, as `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
package struct HostKeyFingerprint: Sendable, Hashable, CustomStringConvertible {
    /// Bytes of the text: 7 before the digest, whose 32 bytes are 43 digits.
    private static let length = 50

    /// The fingerprint's text.
    package let description: String

    /// The fingerprint of a key.
    package init(of key: [UInt8]) {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length = UInt32(0)
        // Where the library has no SHA-256 the text is too short to be anything's fingerprint.
        let isDone = EVP_Digest(key, key.count, &digest, &length, EVP_sha256(), nil) == 1
        let text = Base64.encoded(digest.prefix(isDone ? Int(length) : 0)).prefix { $0 != UInt8(ascii: "=") }
        description = "SHA256:" + String(decoding: text, as: UTF8.self)
    }

    /// Whether it is the one that the user pinned (`host_key_fingerprint`).
    ///
    /// Texts are compared to the letter, `SHA256:` included, so that both transports give one verdict; a spec with a pin
    /// of another form is refused when it is read.
    package func isPinned(by pin: String) -> Bool {
        description.utf8.count == Self.length && description.utf8.elementsEqual(pin.utf8)
    }
}
