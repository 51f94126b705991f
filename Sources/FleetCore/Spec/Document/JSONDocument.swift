/// Reads JSON (RFC 8259) into a ``DocumentValue``, strictly: no comments, no trailing commas, UTF-8 checked.
///
/// A byte order mark of UTF-8 is skipped. Duplicate names stay in the tree for the reader to report.
package enum JSONDocument {
    /// Reads a document.
    ///
    /// - Throws: a ``SpecError`` with one fault that names line and column, as nothing after it can be understood.
    package static func parse(_ bytes: [UInt8], limits: DocumentLimits = .spec) throws(SpecError) -> DocumentValue {
        guard bytes.count <= limits.bytes else {
            throw SpecError(faults: [.tooLarge(bytes: bytes.count, limit: limits.bytes)])
        }
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<DocumentValue, SpecError> in
            var parser = JSONParser(bytes: buffer, limits: limits)
            do throws(SpecError) {
                return .success(try parser.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

extension SpecFault {
    /// A document that has too many bytes.
    package static func tooLarge(bytes: Int?, limit: Int) -> Self {
        Self(
            path: "",
            found: bytes.map { "a document of \($0) bytes" } ?? "a document of more than \(limit) bytes",
            expected: "at most \(limit >> 20) MiB",
            hint: "put the tasks into several runs, or let a \"matrix\" make them"
        )
    }
}

/// The reader of one document: a place in its bytes, and the way there.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: DocumentLimits
    var offset = 0
    var line: Int32 = 1
    var lineStart = 0
    var names = NameCache()
    private var values = 0
    private var path: [Component] = []

    private enum Component {
        case name(String)
        case index(Int)
    }

    init(bytes: UnsafeBufferPointer<UInt8>, limits: DocumentLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(SpecError) -> DocumentValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            offset = 3
            lineStart = 3
        } else if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            throw fault(found: "text in UTF-16", expected: "JSON in UTF-8", hint: "save the file as UTF-8")
        }
        skipSpace()
        guard offset < bytes.count else {
            throw SpecError(
                faults: [SpecFault(path: "", found: "nothing", expected: "a spec in JSON, such as {\"tasks\": [...]}")]
            )
        }
        let value = try value()
        skipSpace()
        guard offset == bytes.count else { throw fault(expected: "nothing after the document's end") }
        return value
    }

    private mutating func value() throws(SpecError) -> DocumentValue {
        guard offset < bytes.count else { throw fault(expected: "a value") }
        values += 1
        guard values <= limits.values else {
            throw fault(found: "more than \(limits.values) values", expected: "fewer", hint: nil)
        }
        let start = line
        switch bytes[offset] {
        case UInt8(ascii: "{"): return DocumentValue(.object(try members()), line: start)
        case UInt8(ascii: "["): return DocumentValue(.array(try elements()), line: start)
        case UInt8(ascii: "\""): return DocumentValue(.string(try string()), line: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return DocumentValue(try number(), line: start)
        case UInt8(ascii: "t"):
            try word("true")
            return DocumentValue(.bool(true), line: start)
        case UInt8(ascii: "f"):
            try word("false")
            return DocumentValue(.bool(false), line: start)
        case UInt8(ascii: "n"):
            try word("null")
            return DocumentValue(.null, line: start)
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw fault(expected: "a value", hint: "JSON has no comma before a closing bracket")
        case UInt8(ascii: "'"): throw fault(expected: "a value", hint: "JSON puts texts in double quotes")
        default: throw fault(expected: "a value")
        }
    }

    private mutating func elements() throws(SpecError) -> [DocumentValue] {
        try enter(.index(0))
        var result: [DocumentValue] = []
        skipSpace()
        if !take(UInt8(ascii: "]")) {
            while true {
                path[path.count - 1] = .index(result.count)
                result.append(try value())
                skipSpace()
                if take(UInt8(ascii: ",")) {
                    skipSpace()
                    continue
                }
                guard take(UInt8(ascii: "]")) else { throw fault(expected: "',' or ']'") }
                break
            }
        }
        path.removeLast()
        return result
    }

    private mutating func members() throws(SpecError) -> [DocumentMember] {
        try enter(.name(""))
        var result: [DocumentMember] = []
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            while true {
                guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
                    throw fault(expected: "a name in double quotes", hint: nameHint)
                }
                let name = try name()
                path[path.count - 1] = .name(name)
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw fault(expected: "':' after the name") }
                skipSpace()
                result.append(DocumentMember(name: name, value: try value()))
                skipSpace()
                if take(UInt8(ascii: ",")) {
                    skipSpace()
                    continue
                }
                guard take(UInt8(ascii: "}")) else { throw fault(expected: "',' or '}'") }
                break
            }
        }
        path.removeLast()
        return result
    }

    private var nameHint: String? {
        guard offset < bytes.count else { return nil }
        return bytes[offset] == UInt8(ascii: "}") ? "JSON has no comma before a closing bracket" : nil
    }

    private mutating func enter(_ component: Component) throws(SpecError) {
        guard path.count < limits.depth else {
            throw fault(
                found: "more than \(limits.depth) arrays and objects within each other",
                expected: "fewer",
                hint: nil
            )
        }
        path.append(component)
        offset += 1
    }
}

extension JSONParser {
    mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\n"):
                line &+= 1
                lineStart = offset + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            offset += 1
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func word(_ text: StaticString) throws(SpecError) {
        let isThere =
            bytes.count - offset >= text.utf8CodeUnitCount
            && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[offset + $0] == text.utf8Start[$0] }
        guard isThere else { throw fault(expected: "a value, such as \(text)") }
        offset += text.utf8CodeUnitCount
    }

    /// The error at this place; what is found is told by the bytes there where nothing better is known.
    func fault(found: String? = nil, expected: String, hint: String? = nil) -> SpecError {
        let column = 1 + bytes[lineStart..<min(offset, bytes.count)].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
        let isComment = offset < bytes.count && (bytes[offset] == 0x2F || bytes[offset] == 0x23)
        return SpecError(
            faults: [
                SpecFault(
                    path: pathText,
                    line: Int(line),
                    found: "\(found ?? here) at column \(column)",
                    expected: expected,
                    hint: hint ?? (isComment ? "JSON has no comments" : nil)
                )
            ]
        )
    }

    private var here: String {
        guard offset < bytes.count else { return "the end of the document" }
        let byte = bytes[offset]
        if byte == 0 { return "a NUL byte" }
        if byte < 0x20 || byte == 0x7F { return "a control character" }
        guard byte >= 0x80 else { return "'\(Unicode.Scalar(byte))'" }
        // What the cut of four bytes does to the characters after the first is of no matter.
        let text = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self)
        guard let scalar = text.unicodeScalars.first, scalar != "\u{fffd}" else { return "a byte that is not ASCII" }
        return scalar.isHiddenInMessages ? "a control character" : "'\(scalar)'"
    }

    private var pathText: String {
        var text = ""
        for component in path {
            switch component {
            case .index(let index): text += "[\(index)]"
            case .name(""): break
            case .name(let name): text += Place.separator(before: name, after: text) + Place.shown(name)
            }
        }
        return text
    }
}
