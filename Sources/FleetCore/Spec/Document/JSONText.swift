/// Writes JSON: one line, names in the order they are given, texts with nothing escaped that needs not be.
package struct JSONText {
    /// What was written.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty text.
    package init() {}

    /// Writes an object's or array's beginning.
    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    /// Writes an object's or array's end.
    package mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// Writes a member's name.
    package mutating func name(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a text.
    package mutating func string(_ text: String) {
        separate()
        quote(text)
        needsComma = true
    }

    /// Writes a number; a whole one without a fraction.
    package mutating func number(_ number: Double) {
        word(number.plainText)
    }

    /// Writes a whole number.
    package mutating func integer(_ number: some BinaryInteger) {
        word(String(number))
    }

    /// Writes `true`, `false`, `null` or a number as it is.
    private mutating func word(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    /// Writes an array of texts.
    package mutating func strings(_ texts: some Sequence<String>) {
        open("[")
        for text in texts { string(text) }
        close("]")
    }

    /// Writes an object of texts, ordered by name.
    package mutating func table(_ table: [String: String]) {
        open("{")
        for (key, value) in table.sorted(by: { $0.key < $1.key }) {
            name(key)
            string(value)
        }
        close("}")
    }

    /// Writes any value.
    package mutating func value(_ value: DocumentValue) {
        switch value.content {
        case .null: word("null")
        case .bool(let flag): word(flag ? "true" : "false")
        case .integer(let number): integer(number)
        case .number(let number): self.number(number)
        case .string(let text), .other(let text): string(text)
        case .array(let elements):
            open("[")
            for element in elements { self.value(element) }
            close("]")
        case .object(let members):
            open("{")
            for member in members {
                name(member.name)
                self.value(member.value)
            }
            close("}")
        }
    }

    /// The text of a value.
    package static func text(of value: DocumentValue) -> String {
        var text = Self()
        text.value(value)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0x0D: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case 0x09: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
