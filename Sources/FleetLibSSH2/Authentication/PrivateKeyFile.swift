import FleetTransport

/// A key's file, as far as it can be read without its passphrase: the private key, or the public one alone.
struct PrivateKeyFile: Sendable {
    /// The path.
    let path: String
    /// The private key's file and a NUL, where libssh2 1.10 looks for its end; nil for a public key, which an agent has.
    ///
    /// Never shown.
    let content: [UInt8]?
    /// The public key, as it travels; nil where neither the file nor the one beside it tells.
    let publicKey: [UInt8]?
    /// The type's name, such as `ssh-ed25519`; nil where it is not known.
    let type: String?
    /// Whether it is behind a passphrase.
    let isEncrypted: Bool
    /// Whether others than this account may read the private key.
    let isExposed: Bool
    /// The content of the certificate's file beside it, where there is one.
    let certificate: [UInt8]?

    /// Whether it can be signed by, without anybody's help.
    var canSign: Bool { content != nil && !isEncrypted }

    /// Reads a file, and those beside it, on the calling thread; nil where none of them can be read.
    ///
    /// - Throws: ``Unusable`` where it holds no key.
    init?(_ path: String) throws(Unusable) {
        let content = IdentityFile.content(of: path)
        let beside = IdentityFile.content(of: path + ".pub").flatMap(Self.key(inLine:))
        guard content != nil || beside != nil else { return nil }
        let text = String(decoding: content ?? [], as: UTF8.self)
        let isPrivate = text.contains("PRIVATE KEY-----")
        let line = isPrivate ? nil : content.flatMap(Self.key(inLine:))
        guard content == nil || isPrivate || line != nil else { throw Unusable(path: path) }
        self.path = path
        self.content = isPrivate ? content.map { $0 + [0] } : nil
        isEncrypted = content.map(IdentityFile.isEncrypted) ?? false
        isExposed = isPrivate && IdentityFile.isExposed(path)
        publicKey = line ?? Self.publicKey(inOpenSSH: text) ?? beside
        certificate = IdentityFile.content(of: path + "-cert.pub")
        if let publicKey {
            type = HostKey.typeName(of: publicKey)
        } else if text.contains("BEGIN RSA PRIVATE KEY") {
            type = "ssh-rsa"
        } else {
            type = nil
        }
    }

    /// It holds no key.
    struct Unusable: Error {
        let path: String
    }

    /// The key of a line of a public key's file: its type, base64, a comment.
    static func key(inLine content: [UInt8]) -> [UInt8]? {
        let words = content.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2,
            let key = Base64.decoded(words[1].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }),
            HostKey.typeName(of: key) == String(decoding: words[0], as: UTF8.self)
        else { return nil }
        return key
    }

    /// The public half, which OpenSSH's own form (`PROTOCOL.key`) holds in the clear.
    private static func publicKey(inOpenSSH text: String) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let first = lines.firstIndex(of: "-----BEGIN OPENSSH PRIVATE KEY-----"),
            let last = lines.firstIndex(of: "-----END OPENSSH PRIVATE KEY-----"), first < last,
            let bytes = Base64.decoded(lines[(first + 1)..<last].joined().utf8)
        else { return nil }
        let magic = Array("openssh-key-v1\0".utf8)
        guard bytes.starts(with: magic) else { return nil }
        var reader = WireReader(bytes[magic.count...])
        // The cipher, the derivation of its key, that one's options, and how many keys there are.
        guard reader.string() != nil, reader.string() != nil, reader.string() != nil, reader.number() == 1 else {
            return nil
        }
        return reader.string()
    }
}

/// Reads what SSH writes: numbers of four bytes, and strings behind their lengths (RFC 4251, section 5).
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> Int? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func string() -> [UInt8]? {
        guard let length = number(), length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }
}

extension [UInt8] {
    /// Appends a number as SSH writes it.
    mutating func append(number: Int) {
        for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends bytes behind their length.
    mutating func append(string: some Collection<UInt8>) {
        append(number: string.count)
        append(contentsOf: string)
    }
}
