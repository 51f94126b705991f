/// Base64 as known hosts hold it (RFC 4648, section 4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    /// The value of each byte that is a digit; 255 for all others.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// The text of bytes, padded.
    static func encoded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in bytes {
            (bits, count) = (bits << 8 | UInt32(byte), count + 1)
            if count == 3 {
                for shift in [18, 12, 6, 0] { text.append(digits[Int(bits >> shift & 63)]) }
                (bits, count) = (0, 0)
            }
        }
        guard count > 0 else { return text }
        bits <<= count == 1 ? 16 : 8
        text += [digits[Int(bits >> 18 & 63)], digits[Int(bits >> 12 & 63)]]
        text += [count == 1 ? padding : digits[Int(bits >> 6 & 63)], padding]
        return text
    }

    /// The bytes of a text; nil where it is none.
    ///
    /// As strict as the C library's `b64_pton`, by which OpenSSH reads: white space may stand anywhere, so that a file
    /// with a carriage return before each line's end is read; a length that is no multiple of four, a missing padding,
    /// and bits beyond the last byte that are not zero are faults.
    static func decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, digitCount, paddings) = (UInt32(0), 0, 0)
        for byte in text {
            if byte == 0x20 || (0x09...0x0D).contains(byte) { continue }
            if byte == padding {
                paddings += 1
                continue
            }
            let value = values[Int(byte)]
            guard value < 64, paddings == 0 else { return nil }
            (bits, digitCount) = (bits << 6 | UInt32(value), digitCount + 1)
            if digitCount == 4 {
                bytes += [UInt8(bits >> 16), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
                (bits, digitCount) = (0, 0)
            }
        }
        switch (digitCount, paddings) {
        case (0, 0):
            return bytes
        case (2, 2) where bits & 15 == 0:
            return bytes + [UInt8(bits >> 4)]
        case (3, 1) where bits & 3 == 0:
            return bytes + [UInt8(bits >> 10), UInt8(bits >> 2 & 255)]
        default:
            return nil
        }
    }
}
