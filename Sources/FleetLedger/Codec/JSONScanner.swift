/// A piece of a line, which must outlive it.
struct Slice {
    /// Where it begins.
    var start: UnsafePointer<UInt8>
    /// How many bytes it has.
    var count: Int
    /// For the content of a text: whether it has escapes.
    var isEscaped = false

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// Whether its bytes are those of `text`.
    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for place in 0..<count where start[place] != other[place] { return false }
        return true
    }

    /// The text it stands for.
    var text: String? {
        if !isEscaped { return String(validating: bytes, as: UTF8.self) }
        var unescaped: [UInt8] = []
        unescaped.reserveCapacity(count)
        return unescape(into: &unescaped) ? String(validating: unescaped, as: UTF8.self) : nil
    }

    /// The whole number it stands for.
    var integer: Int64? {
        var place = 0
        let isNegative = count > 0 && start[0] == UInt8(ascii: "-")
        if isNegative { place = 1 }
        guard count > place, count - place <= 19 else { return nil }
        var value: Int64 = 0
        while place < count {
            let digit = start[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.addingReportingOverflow(Int64(digit))
            guard !overflow, !overflows else { return nil }
            value = sum
            place += 1
        }
        return isNegative ? -value : value
    }

    /// The number it stands for.
    var number: Double? {
        // Up to 15 digits and a power of ten that a Double holds exactly: their quotient is rounded correctly.
        var mantissa: Int64 = 0
        var digits = 0
        var scale = -1
        for place in 0..<count {
            let byte = start[place]
            if byte == UInt8(ascii: "."), scale < 0 {
                scale = 0
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10, digits < 15 else { return otherNumber }
            mantissa = mantissa * 10 + Int64(digit)
            digits += 1
            if scale >= 0 { scale += 1 }
        }
        guard digits > 0 else { return nil }
        return scale > 0 ? Double(mantissa) / Self.powers[scale] : Double(mantissa)
    }

    /// The number where it has a sign, an exponent or many digits.
    private var otherNumber: Double? {
        let isDecimal = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard isDecimal, let number = Double(String(decoding: bytes, as: UTF8.self)), number.isFinite else {
            return nil
        }
        return number
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    private func unescape(into result: inout [UInt8]) -> Bool {
        var place = 0
        while place < count {
            let byte = start[place]
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard place < count else { return false }
            let escape = start[place]
            place += 1
            switch escape {
            case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "r"): result.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "t"): result.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "u"):
                guard let scalar = scalar(&place) else { return false }
                result.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            default: result.append(escape)
            }
        }
        return true
    }

    private func scalar(_ place: inout Int) -> Unicode.Scalar? {
        guard let first = unit(&place) else { return nil }
        guard first & 0xfc00 == 0xd800 else { return Unicode.Scalar(first) }
        guard place + 2 <= count, start[place] == UInt8(ascii: "\\"), start[place + 1] == UInt8(ascii: "u") else {
            return nil
        }
        place += 2
        guard let second = unit(&place), second & 0xfc00 == 0xdc00 else { return nil }
        return Unicode.Scalar(0x10000 + (first & 0x3ff) << 10 + second & 0x3ff)
    }

    private func unit(_ place: inout Int) -> UInt32? {
        guard place + 4 <= count else { return nil }
        let digits = UnsafeBufferPointer(start: start + place, count: 4)
        place += 4
        return hexadecimal(digits)
    }
}

/// The number that some hexadecimal digits say, at most eight of them.
func hexadecimal(_ digits: UnsafeBufferPointer<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    for digit in digits {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
        default: return nil
        }
    }
    return value
}

/// Walks through JSON that has no spaces, and looks at no more of it than its structure.
struct JSONScanner {
    private(set) var at: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>

    init(_ bytes: Slice) {
        at = bytes.start
        end = bytes.start + bytes.count
    }

    var isAtEnd: Bool { at == end }
    var byte: UInt8 { at < end ? at.pointee : 0 }

    /// Steps over `expected`, if it is next.
    mutating func take(_ expected: Unicode.Scalar) -> Bool {
        guard at < end, at.pointee == UInt8(ascii: expected) else { return false }
        at += 1
        return true
    }

    /// Reads a text, and returns what stands between its quotes.
    @inline(__always)
    mutating func text() -> Slice? {
        guard take("\"") else { return nil }
        let start = at
        var isEscaped = false
        while at < end {
            let byte = at.pointee
            if byte == UInt8(ascii: "\"") {
                let slice = Slice(start: start, count: at - start, isEscaped: isEscaped)
                at += 1
                return slice
            }
            guard byte >= 0x20 else { return nil }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                at += 1
                guard at < end else { return nil }
            }
            at += 1
        }
        return nil
    }

    /// Reads any value: the content of a text, or all bytes of what is none.
    @inline(__always)
    mutating func value() -> Slice? {
        if byte == UInt8(ascii: "\"") { return text() }
        let start = at
        guard skipBare() else { return nil }
        return Slice(start: start, count: at - start)
    }

    /// Steps over a value that is no text: up to what closes or follows it.
    private mutating func skipBare() -> Bool {
        var depth = 0
        let start = at
        while at < end {
            switch at.pointee {
            case UInt8(ascii: "\""):
                guard depth > 0, text() != nil else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return at > start }
                depth -= 1
            case UInt8(ascii: ","): if depth == 0 { return at > start }
            case 0...0x20: return false
            default: break
            }
            at += 1
        }
        return depth == 0 && at > start
    }
}
