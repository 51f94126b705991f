import CLibCrypto

/// A name of known hosts that tells nobody which host it is of: `|1|salt|hash` (`HashKnownHosts` in `ssh_config(5)`).
struct HashedName {
    /// Bytes of the salt, and of the hash.
    static let digestLength = 20
    /// More characters than these are no salt to OpenSSH.
    private static let saltTextLimit = 1024

    private static let magic = Array("|1|".utf8)
    private static let separator = UInt8(ascii: "|")

    /// The name as it stands in the line.
    let text: ArraySlice<UInt8>
    private let salt: [UInt8]

    /// Whether a line's names are a hashed one: then it is the only one.
    static func isHashed(_ names: ArraySlice<UInt8>) -> Bool { names.first == separator }

    /// Reads a hashed name; nil where it is malformed.
    init?(_ names: ArraySlice<UInt8>) {
        guard names.starts(with: Self.magic) else { return nil }
        let rest = names.dropFirst(Self.magic.count)
        guard let end = rest.firstIndex(of: Self.separator), (1...Self.saltTextLimit).contains(end - rest.startIndex),
            let salt = Base64.decoded(rest[..<end]), salt.count == Self.digestLength
        else { return nil }
        text = names
        self.salt = salt
    }

    /// Whether it is the name of a host, which is in lower case.
    ///
    /// Texts are compared, as OpenSSH does: a hash that is written in another way is none.
    func match(_ name: [UInt8]) -> Bool {
        Self.text(of: name, salt: salt).map { $0.elementsEqual(text) } ?? false
    }

    /// The hashed name of a host; nil where the library has no SHA-1, as under a policy that forbids it.
    static func text(of name: [UInt8], salt: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length = UInt32(0)
        // HMAC-SHA1 of the name, with the salt as its key (HMAC(3)).
        guard HMAC(EVP_sha1(), salt, CInt(salt.count), name, name.count, &digest, &length) != nil else { return nil }
        return magic + Base64.encoded(salt) + [separator] + Base64.encoded(digest.prefix(Int(length)))
    }
}
