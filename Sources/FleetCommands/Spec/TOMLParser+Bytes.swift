import FleetCore

extension TOMLParser {
    // MARK: - Between

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: wanted) else { return false }
        offset += 1
        return true
    }

    mutating func skipBlanks() {
        while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { offset += 1 }
    }

    /// Takes a line's end, in either form.
    mutating func takeNewline() throws(SpecError) -> Bool {
        if byte == UInt8(ascii: "\r") {
            guard offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "\n") else {
                throw fault("a return without a line's end", expected: "none")
            }
            offset += 1
        }
        guard take("\n") else { return false }
        line &+= 1
        lineStart = offset
        return true
    }

    /// Skips blanks, line ends and comments.
    mutating func skipToNextThing() throws(SpecError) {
        repeat {
            skipBlanks()
            if take("#") { try skipComment() }
        } while try takeNewline()
    }

    private mutating func skipComment() throws(SpecError) {
        while let byte, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
            guard !Self.isControl(byte) else { throw fault(expected: "no such character in a comment") }
            offset += 1
        }
    }

    /// Whether a byte may not stand in a text as it is; the tabulator may.
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F }

    // MARK: - Faults

    /// The error at this place; what is found is told by the bytes there where nothing better is known.
    func fault(_ found: String? = nil, expected: String, hint: String? = nil) -> SpecError {
        let column = 1 + bytes[lineStart..<min(offset, bytes.count)].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
        let fault = SpecFault(
            path: "",
            line: Int(line),
            found: "\(found ?? here) at column \(column)",
            expected: expected,
            hint: hint
        )
        return SpecError(faults: [fault])
    }

    private var here: String {
        guard let byte else { return "the end of the document" }
        switch byte {
        case 0: return "a NUL byte"
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return "the end of the line"
        case 0..<0x20, 0x7F: return "a control character"
        case 0..<0x80: return "'\(Unicode.Scalar(byte))'"
        default:
            let text = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self)
            return text.unicodeScalars.first.map { String($0).quotedForMessage } ?? "a character that is not ASCII"
        }
    }

    /// Makes sure that all of it is UTF-8.
    mutating func checkText() throws(SpecError) {
        let hint = "save the file as UTF-8"
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            throw fault("text in UTF-16", expected: "TOML in UTF-8", hint: hint)
        }
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            offset += UTF8.width(scalar)
            if scalar == "\n" {
                line &+= 1
                lineStart = offset
            }
        }
        throw fault("bytes that are not UTF-8", expected: "text in UTF-8", hint: hint)
    }
}
