import FleetWire

extension SHA256 {
    /// The digest of `bytes` in hex.
    static func hexDigest(of bytes: [UInt8]) -> String {
        var digest = SHA256()
        digest.update(bytes)
        return digest.hexDigest()
    }
}
