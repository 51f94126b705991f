/// HMAC with SHA-256 (RFC 2104, and RFC 4231 for its vectors).
package struct HMACSHA256: Sendable {
    private var inner = SHA256()
    private var outer = SHA256()

    /// A code keyed by `key`, of nothing yet.
    package init(key: [UInt8]) {
        var block = key
        if block.count > SHA256.blockLength {
            var digest = SHA256()
            digest.update(block)
            block = digest.digest()
        }
        block.append(contentsOf: repeatElement(0, count: SHA256.blockLength - block.count))
        inner.update(block.map { $0 ^ 0x36 })
        outer.update(block.map { $0 ^ 0x5c })
    }

    /// Takes the next bytes.
    package mutating func update(_ bytes: some Sequence<UInt8>) { inner.update(bytes) }

    /// The code of all bytes taken so far.
    package func code() -> [UInt8] {
        var copy = outer
        copy.update(inner.digest())
        return copy.digest()
    }

    /// The code by which arrival of a variable is verified (``HelloReply/digests``): over name, NUL, value; in hex.
    package static func variable(name: String, value: String, key: [UInt8]) -> String {
        var code = HMACSHA256(key: key)
        code.update(name.utf8)
        code.update(CollectionOfOne(0))
        code.update(value.utf8)
        return SHA256.hex(code.code())
    }
}
