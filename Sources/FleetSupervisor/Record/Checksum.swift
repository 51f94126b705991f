/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by which torn records are told.
enum Checksum {
    private static let table: [UInt32] = (0..<256)
        .map { index in
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
            return value
        }

    /// The checksum of `bytes`.
    static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var value = UInt32.max
        for byte in bytes { value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
        return ~value
    }
}
