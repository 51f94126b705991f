import FleetCore

/// A record that has a right checksum and yet not what its type needs.
struct MalformedRecord: Error {
    /// The member in question.
    let what: String
}

/// The members of one object, found by name; it is filled again for each object, so that reading allocates nothing.
final class FieldTable {
    private struct Member {
        var name: Slice
        var value: Slice
        var kind: UInt8
    }

    private var members: UnsafeMutableBufferPointer<Member>
    private var count = 0
    /// The place after the member found last: fields are asked for in the order in which they stand, mostly.
    private var hint = 0

    init() { members = .allocate(capacity: 32) }

    deinit { members.deallocate() }

    /// Reads the members between the braces of an object; false where it is none.
    func read(_ content: Slice) -> Bool {
        count = 0
        hint = 0
        guard content.count > 0 else { return true }
        var scanner = JSONScanner(content)
        repeat {
            guard let name = scanner.text(), scanner.take(":") else { return false }
            let kind = scanner.byte
            guard let value = scanner.value() else { return false }
            if count == members.count { grow() }
            members[count] = Member(name: name, value: value, kind: kind)
            count += 1
        } while scanner.take(",")
        return scanner.isAtEnd
    }

    private func grow() {
        let larger = UnsafeMutableBufferPointer<Member>.allocate(capacity: members.count * 2)
        _ = larger.moveInitialize(fromContentsOf: members)
        members.deallocate()
        members = larger
    }

    private func find(_ name: StaticString) -> Member? {
        var place = hint
        for _ in 0..<count {
            if place >= count { place = 0 }
            if members[place].name.equals(name) {
                hint = place + 1
                return members[place].kind == UInt8(ascii: "n") ? nil : members[place]
            }
            place += 1
        }
        return nil
    }

    private func find(_ name: StaticString, kind: Unicode.Scalar) throws(MalformedRecord) -> Slice? {
        guard let member = find(name) else { return nil }
        guard member.kind == UInt8(ascii: kind) else { throw MalformedRecord(what: "\(name)") }
        return member.value
    }

    private func required<Value>(_ name: StaticString, _ value: Value?) throws(MalformedRecord) -> Value {
        guard let value else { throw MalformedRecord(what: "\(name)") }
        return value
    }

    // MARK: Fields

    /// What stands between the quotes of a text.
    func slice(_ name: StaticString) throws(MalformedRecord) -> Slice? { try find(name, kind: "\"") }

    func optionalText(_ name: StaticString) throws(MalformedRecord) -> String? {
        guard let slice = try slice(name) else { return nil }
        return try required(name, slice.text)
    }

    func text(_ name: StaticString) throws(MalformedRecord) -> String {
        try required(name, try optionalText(name))
    }

    func id<ID: Identifier>(_ name: StaticString, as type: ID.Type = ID.self) throws(MalformedRecord) -> ID {
        try required(name, try optionalID(name))
    }

    func optionalID<ID: Identifier>(_ name: StaticString) throws(MalformedRecord) -> ID? {
        guard let slice = try slice(name) else { return nil }
        // What became of an id becomes part of paths: nothing but its form is let through.
        guard slice.isIdentifier else { throw MalformedRecord(what: "\(name)") }
        return ID(unchecked: String(decoding: slice.bytes, as: UTF8.self))
    }

    func choice<Choice: RawRepresentable<String>>(
        _ name: StaticString,
        as type: Choice.Type = Choice.self
    ) throws(MalformedRecord) -> Choice {
        try required(name, Choice(rawValue: try text(name)))
    }

    func optionalInteger(_ name: StaticString) throws(MalformedRecord) -> Int64? {
        guard let member = find(name) else { return nil }
        return try required(name, member.value.integer)
    }

    func integer(_ name: StaticString) throws(MalformedRecord) -> Int64 {
        try required(name, try optionalInteger(name))
    }

    func number(_ name: StaticString) throws(MalformedRecord) -> Double {
        guard let member = find(name) else { return 0 }
        return try required(name, member.value.number)
    }

    func flag(_ name: StaticString) -> Bool { find(name)?.kind == UInt8(ascii: "t") }

    func optionalTime(_ name: StaticString) throws(MalformedRecord) -> Timestamp? {
        guard let slice = try slice(name) else { return nil }
        return try required(name, Timestamp.parse(slice.bytes))
    }

    func time(_ name: StaticString) throws(MalformedRecord) -> Timestamp {
        try required(name, try optionalTime(name))
    }

    /// What stands between the braces of an object.
    func object(_ name: StaticString) throws(MalformedRecord) -> Slice? {
        guard let slice = try find(name, kind: "{") else { return nil }
        guard slice.count >= 2 else { throw MalformedRecord(what: "\(name)") }
        return Slice(start: slice.start + 1, count: slice.count - 2)
    }

    /// The values of an array, one after the other; of none where there is no such member.
    func forEach(
        of name: StaticString,
        _ body: (Slice) throws(MalformedRecord) -> Void
    ) throws(MalformedRecord) {
        guard let slice = try find(name, kind: "[") else { return }
        guard slice.count >= 2 else { throw MalformedRecord(what: "\(name)") }
        guard slice.count > 2 else { return }
        var scanner = JSONScanner(Slice(start: slice.start + 1, count: slice.count - 2))
        repeat {
            guard let value = scanner.value() else { throw MalformedRecord(what: "\(name)") }
            try body(value)
        } while scanner.take(",")
        guard scanner.isAtEnd else { throw MalformedRecord(what: "\(name)") }
    }

    /// An object of texts.
    func texts(_ name: StaticString) throws(MalformedRecord) -> [String: String] {
        guard let content = try object(name), content.count > 0 else { return [:] }
        var texts: [String: String] = [:]
        var scanner = JSONScanner(content)
        repeat {
            guard let key = scanner.text()?.text, scanner.take(":"), let value = scanner.text()?.text else {
                throw MalformedRecord(what: "\(name)")
            }
            texts[key] = value
        } while scanner.take(",")
        return texts
    }
}

extension Slice {
    /// Whether it has the form of an id.
    fileprivate var isIdentifier: Bool {
        guard count > 0, count <= IdentifierForm.maximumLength, !isEscaped else { return false }
        guard start[0] != UInt8(ascii: "."), start[0] != UInt8(ascii: "-") else { return false }
        for place in 0..<count {
            switch start[place] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                continue
            default: return false
            }
        }
        return true
    }

    /// What stands between the braces of an object.
    var content: Slice? {
        guard count >= 2, start[0] == UInt8(ascii: "{") else { return nil }
        return Slice(start: start + 1, count: count - 2)
    }
}
