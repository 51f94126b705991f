/// Keeps the names that were met, so that a document of many like objects holds each name once.
struct NameCache {
    private var entries = [String](repeating: "", count: 64)

    /// The text of bytes that are known to be ASCII.
    mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard bytes.count > 15 else { return String(decoding: bytes, as: UTF8.self) }
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let slot = Int(hash % 64)
        if entries[slot].utf8.elementsEqual(bytes) { return entries[slot] }
        let text = String(decoding: bytes, as: UTF8.self)
        entries[slot] = text
        return text
    }
}

extension JSONParser {
    /// A text; the place is at its opening quote.
    mutating func string() throws(SpecError) -> String {
        let start = offset + 1
        let end = try plainEnd(from: start)
        guard bytes[end] == UInt8(ascii: "\\") else {
            let text = String(validating: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
            guard let text else { throw invalidText(from: start, to: end) }
            offset = end + 1
            return text
        }
        return try escapedString(from: start, plainEnd: end)
    }

    /// A name: as a text, but held once however often it comes.
    mutating func name() throws(SpecError) -> String {
        let start = offset + 1
        let end = try plainEnd(from: start)
        let plain = UnsafeBufferPointer(rebasing: bytes[start..<end])
        guard bytes[end] == UInt8(ascii: "\""), plain.allSatisfy({ $0 < 0x80 }) else { return try string() }
        offset = end + 1
        return names.text(plain)
    }

    /// Where a text ends, or has its first escape.
    private mutating func plainEnd(from start: Int) throws(SpecError) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
            if byte < 0x20 {
                offset = index
                throw fault(expected: "text up to a closing '\"'", hint: "write line ends as \\n and tabs as \\t")
            }
            index += 1
        }
        offset = bytes.count
        throw fault(expected: "text up to a closing '\"'")
    }

    private mutating func escapedString(from start: Int, plainEnd: Int) throws(SpecError) -> String {
        var buffer = [UInt8](bytes[start..<plainEnd])
        var index = plainEnd
        while bytes[index] == UInt8(ascii: "\\") {
            offset = index
            try appendEscape(to: &buffer)
            index = try self.plainEnd(from: offset)
            buffer.append(contentsOf: bytes[offset..<index])
        }
        guard let text = String(validating: buffer, as: UTF8.self) else { throw invalidText(from: start, to: index) }
        offset = index + 1
        return text
    }

    private mutating func appendEscape(to buffer: inout [UInt8]) throws(SpecError) {
        guard offset + 1 < bytes.count else { throw fault(expected: "an escape") }
        let letter = bytes[offset + 1]
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(letter)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try unicodeEscape()
            buffer.append(contentsOf: UTF8.encode(scalar) ?? .init([]))
            return
        default:
            throw fault(
                found: "an unknown escape",
                expected: "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u",
                hint: "a backslash itself is written \\\\"
            )
        }
        offset += 2
    }

    private mutating func unicodeEscape() throws(SpecError) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        let isPair =
            high < 0xDC00 && offset + 1 < bytes.count && bytes[offset] == UInt8(ascii: "\\")
            && bytes[offset + 1] == UInt8(ascii: "u")
        guard isPair else { throw fault(found: "half of a surrogate pair", expected: "both halves") }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw fault(found: "half of a surrogate pair", expected: "both halves") }
        return scalar
    }

    private mutating func codeUnit() throws(SpecError) -> UInt32 {
        guard offset + 6 <= bytes.count else { throw fault(expected: "four hexadecimal digits after \\u") }
        var value: UInt32 = 0
        for byte in bytes[offset + 2..<offset + 6] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw fault(expected: "four hexadecimal digits after \\u")
            }
            value = value << 4 | UInt32(digit)
        }
        offset += 6
        return value
    }

    private mutating func invalidText(from start: Int, to end: Int) -> SpecError {
        // The first byte of the text that belongs to no character, for the column.
        var decoder = UTF8()
        var iterator = bytes[start..<end].makeIterator()
        var valid = start
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): valid += UTF8.width(scalar)
            case .emptyInput, .error: break decoding
            }
        }
        offset = valid
        return fault(found: "bytes that are not UTF-8", expected: "text in UTF-8", hint: "save the file as UTF-8")
    }

    /// A number; the place is at its first character.
    mutating func number() throws(SpecError) -> DocumentValue.Content {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        guard let first = digits() else { throw fault(expected: "a digit") }
        if bytes[first.lowerBound] == UInt8(ascii: "0"), first.count > 1 {
            offset = start
            throw fault(found: "a number with a leading 0", expected: "one without")
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard digits() != nil else { throw fault(expected: "a digit after the point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() != nil else { throw fault(expected: "a digit in the exponent") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            offset = start
            throw fault(found: "a number out of range", expected: "a smaller one")
        }
        return .number(value)
    }

    private mutating func digits() -> Range<Int>? {
        let start = offset
        while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) { offset += 1 }
        return offset > start ? start..<offset : nil
    }
}
