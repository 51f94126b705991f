/// A value of a JSON or TOML document, before anybody knows what it means.
///
/// Objects keep their members' order, and duplicates, so that a reader can report them.
package struct DocumentValue: Sendable, Equatable {
    /// What a value is.
    package enum Content: Sendable, Equatable {
        /// Nothing.
        case null
        /// True or false.
        case bool(Bool)
        /// A number written without fraction and exponent that fits.
        case integer(Int64)
        /// Any other number; always finite.
        case number(Double)
        /// A text.
        case string(String)
        /// A list.
        case array([DocumentValue])
        /// Names with values.
        case object([DocumentMember])
        /// Something that no spec has a use for, in words, such as a date.
        case other(String)
    }

    /// What it is.
    package var content: Content
    /// The line it begins in, from 1; 0 where it is not known.
    package var lineNumber: Int32

    /// A value of its parts.
    package init(_ content: Content, line: Int32 = 0) {
        self.content = content
        lineNumber = line
    }

    /// The line it begins in, from 1, where it is known.
    package var line: Int? { lineNumber == 0 ? nil : Int(lineNumber) }

    /// Whether it is null.
    package var isNull: Bool {
        if case .null = content { true } else { false }
    }

    /// The value of a member; nil where this is no object or has no such member, the first of duplicates.
    package subscript(name: String) -> DocumentValue? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The elements; empty where this is no array.
    package var elements: [DocumentValue] {
        guard case .array(let elements) = content else { return [] }
        return elements
    }

    /// The text; nil where this is none.
    package var text: String? {
        guard case .string(let text) = content else { return nil }
        return text
    }
}

/// A name and its value in an object.
package struct DocumentMember: Sendable, Equatable {
    /// The name.
    package var name: String
    /// The value.
    package var value: DocumentValue

    /// A member of its parts.
    package init(name: String, value: DocumentValue) {
        self.name = name
        self.value = value
    }
}

extension DocumentValue {
    /// What it is, in words, without its content.
    package var kindText: String {
        switch content {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a text"
        case .array: "an array"
        case .object: "an object"
        case .other(let words): words
        }
    }

    /// What it is, with its content where that is short: for messages, never for values of variables.
    package var foundText: String {
        switch content {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): text.quotedForMessage
        case .array(let elements) where elements.isEmpty: "an empty array"
        case .object(let members) where members.isEmpty: "an empty object"
        default: kindText
        }
    }
}

extension Unicode.Scalar {
    /// Whether it would not be seen in a message, or would change how the rest of it is seen.
    var isHiddenInMessages: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension String {
    /// The text in quotes for a message: one line, control characters escaped, cut when long.
    package var quotedForMessage: String {
        var result = "\""
        var count = 0
        for scalar in unicodeScalars {
            count += 1
            if count > 60 {
                result += "…"
                break
            }
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default:
                if scalar.isHiddenInMessages {
                    result += "\\u{\(String(scalar.value, radix: 16))}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
