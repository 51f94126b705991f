import FleetCore

extension TOMLParser {
    /// A text in quotes of any kind; the place is at the first.
    mutating func text() throws(SpecError) -> String {
        let quote = bytes[offset]
        let isLong = offset + 2 < bytes.count && bytes[offset + 1] == quote && bytes[offset + 2] == quote
        return try isLong ? longText() : shortText()
    }

    /// A text on one line; the place is at its first quote.
    mutating func shortText() throws(SpecError) -> String {
        let quote = bytes[offset]
        offset += 1
        var text: [UInt8] = []
        while let byte {
            if byte == quote {
                offset += 1
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                try appendEscape(to: &text)
            } else {
                guard !Self.isControl(byte) else { break }
                text.append(byte)
                offset += 1
            }
        }
        throw fault(expected: "text up to a closing \(Unicode.Scalar(quote))")
    }

    /// A text on many lines; the place is at the first of three quotes, and a line's end after them does not count.
    private mutating func longText() throws(SpecError) -> String {
        let quote = bytes[offset]
        offset += 3
        _ = try takeNewline()
        var text: [UInt8] = []
        while let byte {
            if byte == quote {
                if takeClosingQuotes(quote, &text) { return String(decoding: text, as: UTF8.self) }
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                if try !skipEscapedNewline() { try appendEscape(to: &text) }
            } else if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                let start = offset
                _ = try takeNewline()
                text += bytes[start..<offset]
            } else {
                guard !Self.isControl(byte) else { break }
                text.append(byte)
                offset += 1
            }
        }
        let closing = String(repeating: Character(Unicode.Scalar(quote)), count: 3)
        throw fault(expected: "text up to a closing \(closing)")
    }

    /// Takes quotes, of which the last three end the text and up to two before them belong to it.
    private mutating func takeClosingQuotes(_ quote: UInt8, _ text: inout [UInt8]) -> Bool {
        var count = 0
        while byte == quote, count < 5 {
            offset += 1
            count += 1
        }
        text += repeatElement(quote, count: count < 3 ? count : count - 3)
        return count >= 3
    }

    /// Skips a backslash at a line's end, with all blanks and line ends that follow.
    private mutating func skipEscapedNewline() throws(SpecError) -> Bool {
        let start = offset
        offset += 1
        skipBlanks()
        guard try takeNewline() else {
            offset = start
            return false
        }
        repeat { skipBlanks() } while try takeNewline()
        return true
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(SpecError) {
        let letter = offset + 1 < bytes.count ? bytes[offset + 1] : 0
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "u"): return try appendScalar(digits: 4, to: &text)
        case UInt8(ascii: "U"): return try appendScalar(digits: 8, to: &text)
        default:
            throw fault(
                "an unknown escape",
                expected: #"one of \" \\ \b \t \n \f \r \u \U"#,
                hint: #"a backslash itself is written \\, or the text in single quotes"#
            )
        }
        offset += 2
    }

    private mutating func appendScalar(digits: Int, to text: inout [UInt8]) throws(SpecError) {
        let word = bytes[min(offset + 2, bytes.count)..<min(offset + 2 + digits, bytes.count)]
        var value: UInt32 = 0
        for byte in word {
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("an escape without its \(digits) hexadecimal digits", expected: "all of them")
            }
            value = value << 4 | UInt32(digit)
        }
        guard word.count == digits else {
            throw fault("an escape without its \(digits) hexadecimal digits", expected: "all of them")
        }
        guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else {
            throw fault("the number of no character", expected: "one of Unicode")
        }
        text += encoded
        offset += 2 + digits
    }
}
