import FleetCore

extension TOMLParser {
    /// A value that stands in so many arrays and tables.
    mutating func value(depth: Int, line start: Int32) throws(SpecError) -> DocumentValue {
        switch byte {
        case UInt8(ascii: "["):
            try count(depth: depth + 1)
            offset += 1
            return DocumentValue(.array(try elements(depth: depth + 1)), line: start)
        case UInt8(ascii: "{"):
            try count(depth: depth + 1)
            offset += 1
            return try inlineTable(depth: depth + 1, line: start)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            try count()
            return DocumentValue(.string(try text()), line: start)
        default:
            try count()
            return DocumentValue(try bareValue(), line: start)
        }
    }

    private mutating func elements(depth: Int) throws(SpecError) -> [DocumentValue] {
        var result: [DocumentValue] = []
        while true {
            try skipToNextThing()
            if take("]") { return result }
            result.append(try value(depth: depth, line: line))
            try skipToNextThing()
            if take(",") { continue }
            guard take("]") else { throw fault(expected: "',' or ']'") }
            return result
        }
    }

    /// A table on one line; nothing can be added to it later, so that it is a value.
    private mutating func inlineTable(depth: Int, line start: Int32) throws(SpecError) -> DocumentValue {
        let hint = "a table in braces stands on one line, without a comma at its end"
        let table = TOMLTable(line: start, depth: depth, origin: .header)
        skipBlanks()
        if take("}") { return table.value }
        while true {
            skipBlanks()
            if byte == nil || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                throw fault(expected: "a name", hint: hint)
            }
            try pair(in: table)
            skipBlanks()
            if take("}") { return table.value }
            guard take(",") else { throw fault(expected: "',' or '}'", hint: hint) }
        }
    }

    // MARK: - Bare values

    private mutating func bareValue() throws(SpecError) -> DocumentValue.Content {
        let start = offset
        while let byte, Self.isOfBareValue(byte) { offset += 1 }
        // A date and a time may have a blank between them.
        if offset - start == 10, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: " "),
            TOMLScalar.isDigit(bytes[offset + 1]), TOMLScalar.isDate(bytes[start..<offset])
        {
            offset += 1
            while let byte, Self.isOfBareValue(byte) { offset += 1 }
        }
        let word = bytes[start..<offset]
        let end = offset
        offset = start
        guard !word.isEmpty else { throw fault(expected: "a value") }
        switch TOMLScalar.read(word) {
        case .content(let content):
            offset = end
            return content
        case .outOfRange: throw fault("a number out of range", expected: "a smaller one")
        case .unknown:
            throw fault(
                String(decoding: word, as: UTF8.self).quotedForMessage,
                expected: "a value",
                hint: TOMLScalar.isDigit(word[start]) ? nil : "a text stands in quotes"
            )
        }
    }

    private static func isOfBareValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_+-.:".utf8.contains(byte)
        }
    }
}
