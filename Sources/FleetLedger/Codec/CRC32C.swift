/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes a step.
package enum CRC32C {
    /// Eight tables of 256: the k-th tells what a byte does to the remainder with k bytes after it.
    ///
    /// Filled once, never freed, never changed: so it may be read from any thread.
    nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for byte in 0..<256 {
            var remainder = UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0x82f6_3b78 : remainder >> 1 }
            tables[byte] = remainder
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xff)]
        }
        return UnsafePointer(tables)
    }()

    /// The checksum of some bytes.
    ///
    /// - Parameters:
    ///   - bytes: the bytes.
    ///   - before: the checksum of what comes before them; 0 for nothing.
    /// - Returns: the checksum of both together.
    package static func checksum(_ bytes: UnsafeBufferPointer<UInt8>, after before: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return before }
        let tables = tables
        var remainder = ~before
        var place = 0
        while place + 8 <= bytes.count {
            let word = UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self).littleEndian ^ UInt64(remainder)
            remainder =
                tables[7 * 256 + Int(word & 0xff)] ^ tables[6 * 256 + Int(word >> 8 & 0xff)]
                ^ tables[5 * 256 + Int(word >> 16 & 0xff)] ^ tables[4 * 256 + Int(word >> 24 & 0xff)]
                ^ tables[3 * 256 + Int(word >> 32 & 0xff)] ^ tables[2 * 256 + Int(word >> 40 & 0xff)]
                ^ tables[256 + Int(word >> 48 & 0xff)] ^ tables[Int(word >> 56)]
            place += 8
        }
        while place < bytes.count {
            remainder = remainder >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: remainder) ^ base[place])]
            place += 1
        }
        return ~remainder
    }
}
