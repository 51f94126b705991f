import FleetCore
import Testing

/// JSON that a command has written, to be looked into by a test.
struct JSONProbe {
    let value: DocumentValue

    init(_ value: DocumentValue) { self.value = value }

    /// Reads a text, which must be a document of JSON.
    init(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        do {
            value = try JSONDocument.parse(Array(text.utf8))
        } catch {
            Issue.record("no JSON: \(text): \(error)", sourceLocation: sourceLocation)
            throw error
        }
    }

    /// The names of an object's members, in order.
    var names: [String] {
        guard case .object(let members) = value.content else { return [] }
        return members.map(\.name)
    }

    var text: String? { value.text }
    var elements: [JSONProbe] { value.elements.map(JSONProbe.init) }
    var isNull: Bool { value.isNull }

    var number: Double? {
        switch value.content {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    var flag: Bool? {
        guard case .bool(let flag) = value.content else { return nil }
        return flag
    }

    subscript(name: String) -> JSONProbe { JSONProbe(value[name] ?? DocumentValue(.other("nothing"))) }
    subscript(index: Int) -> JSONProbe {
        elements.indices.contains(index) ? elements[index] : JSONProbe(DocumentValue(.other("nothing")))
    }
}
