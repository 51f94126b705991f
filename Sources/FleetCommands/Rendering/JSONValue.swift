/// A value of JSON, with the fields of an object in the order in which they are written.
indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// A text, or null.
    static func optional(_ text: String?) -> Self { text.map { .string($0) } ?? .null }

    /// A whole number, or null.
    static func optional(_ number: Int?) -> Self { number.map { .int(Int64($0)) } ?? .null }

    /// A duration in seconds, to the millisecond.
    static func seconds(_ value: Double) -> Self { .number((value * 1_000).rounded() / 1_000) }

    /// Names with texts, in the order of the names.
    static func map(_ pairs: [String: String]) -> Self {
        .object(JSONObject(pairs.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    /// The text on one line, without a newline.
    var text: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text.
    func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .int(let value): bytes += String(value).utf8
        case .number(let value): Self.write(value, into: &bytes)
        case .string(let value): Self.write(value, into: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, field) in object.fields.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(field.name, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                field.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// RFC 8259 has no form for what is not finite.
    private static func write(_ number: Double, into bytes: inout [UInt8]) {
        guard number.isFinite else {
            bytes += "null".utf8
            return
        }
        if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 {
            bytes += String(whole).utf8
        } else {
            bytes += "\(number)".utf8
        }
    }

    /// RFC 8259 section 7; what a terminal could act on is escaped as well, as these lines are shown on one too.
    private static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            case _ where TerminalText.isUnsafe(scalar): writeEscape(scalar, into: &bytes)
            default: bytes += UTF8.encode(scalar).map { Array($0) } ?? []
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a character by its number; those that a terminal could act on have four digits.
    static func writeEscape(_ scalar: Unicode.Scalar, into bytes: inout [UInt8]) {
        let hex = String(scalar.value, radix: 16)
        bytes += "\\u".utf8
        bytes += repeatElement(UInt8(ascii: "0"), count: max(4 - hex.count, 0))
        bytes += hex.utf8
    }
}

/// An object of JSON that is put together field by field; the fields keep their order.
struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// A field.
    struct Field: Sendable, Equatable {
        /// Its name, in snake case.
        var name: String
        /// Its value.
        var value: JSONValue
    }

    /// The fields, in order.
    private(set) var fields: [Field] = []

    /// An object of pairs.
    init(_ pairs: [(String, JSONValue)]) {
        fields = pairs.map { Field(name: $0.0, value: $0.1) }
    }

    /// An object as it is written down.
    init(dictionaryLiteral pairs: (String, JSONValue)...) { self.init(pairs) }

    /// An object that begins with its schema, as every answer of a verb does.
    static func answer(_ schema: String, _ fields: JSONObject = [:]) -> JSONObject {
        var result: JSONObject = ["schema": .string("fleet.\(schema)/1")]
        result.fields += fields.fields
        return result
    }

    /// Adds a field at the end.
    mutating func add(_ name: String, _ value: JSONValue) {
        fields.append(Field(name: name, value: value))
    }

    /// The value of the field of a name.
    subscript(name: String) -> JSONValue? { fields.first { $0.name == name }?.value }

    /// The text on one line, without a newline.
    var text: String { JSONValue.object(self).text }
}
