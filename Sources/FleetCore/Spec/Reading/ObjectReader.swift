/// Reads the members of an object, and reports what is wrong with them.
///
/// A member that is null counts as not there. Every accessor gives nil both for what is not there and for what is wrong;
/// the latter is in the list of faults then.
struct ObjectReader {
    let members: [DocumentMember]
    let place: Place
    let line: Int?
    let faults: FaultList

    /// A reader of an object; nil, and a fault, where the value is none.
    ///
    /// Unknown names and duplicates are reported here.
    init?(_ value: DocumentValue, at place: Place, _ faults: FaultList, known: FieldNames) {
        guard case .object(let members) = value.content else {
            faults.add(place, line: value.line, found: value.foundText, expected: "an object")
            return nil
        }
        self.members = members
        self.place = place
        line = value.line
        self.faults = faults
        var seen: Set<String> = []
        for (index, member) in members.enumerated() {
            if !seen.insert(member.name).inserted {
                report(member.name, member.value, found: "the same name again", expected: "each name once")
            } else if !known.names.contains(member.name) {
                reportUnknown(member, known)
            }
            // What is wrong with thousands of members needs not be told, nor the time be taken.
            guard index < 1_000 else { break }
        }
    }

    private func reportUnknown(_ member: DocumentMember, _ known: FieldNames) {
        let meant =
            known.hints[member.name] ?? faults.didYouMean(member.name, among: known.names)
            ?? "the fields here are: \(known.names.joined(separator: ", "))"
        report(
            member.name,
            member.value,
            found: "an unknown field",
            expected: "a field of \(known.subject)",
            hint: meant
        )
    }

    /// A member's value; nil where it is null or not there.
    subscript(name: String) -> DocumentValue? {
        guard let value = members.first(where: { $0.name == name })?.value, !value.isNull else { return nil }
        return value
    }

    func report(_ name: String, _ value: DocumentValue?, found: String, expected: String, hint: String? = nil) {
        faults.add(place.member(name), line: value?.line ?? line, found: found, expected: expected, hint: hint)
    }

    /// A member that must be there.
    func require(_ name: String, expected: String, hint: String? = nil) {
        guard self[name] == nil else { return }
        faults.add(place.member(name), line: line, found: "nothing", expected: expected, hint: hint)
    }
}

/// The fields that an object may have.
struct FieldNames {
    /// What the object is, for messages: `a task`.
    let subject: String
    let names: [String]
    /// What to say of names that are often written in place of the right one.
    var hints: [String: String] = [:]
}

extension ObjectReader {
    /// A text that passes a check; `hidesValue` keeps it out of messages.
    func string(
        _ name: String,
        expected: String = "a text",
        hint: String? = nil,
        hidesValue: Bool = false,
        where isGood: (String) -> Bool = { _ in true }
    ) -> String? {
        guard let value = self[name] else { return nil }
        guard case .string(let text) = value.content, isGood(text) else {
            report(name, value, found: hidesValue ? value.kindText : value.foundText, expected: expected, hint: hint)
            return nil
        }
        guard !text.utf8.contains(0) else {
            report(name, value, found: "a text with a NUL character", expected: expected)
            return nil
        }
        return text
    }

    /// A text that is not blank.
    func filledString(_ name: String, expected: String = "a text that is not empty") -> String? {
        string(name, expected: expected) { !$0.isBlank }
    }

    /// A name for people: one line, not blank, at most 256 bytes.
    func title(_ name: String) -> String? {
        string(name, expected: "one line of at most 256 bytes, not empty") { $0.isTitle }
    }

    /// A whole number of a range.
    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = self[name] else { return nil }
        guard case .integer(let number) = value.content, range.contains(Int(number)) else {
            report(
                name,
                value,
                found: value.foundText,
                expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
        }
        return Int(number)
    }

    /// A number of a range.
    func number(_ name: String, in range: ClosedRange<Double>, unit: String = "seconds") -> Double? {
        guard let value = self[name] else { return nil }
        let number: Double? =
            switch value.content {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        guard let number, range.contains(number) else {
            report(
                name,
                value,
                found: value.foundText,
                expected: "a number\(unit.isEmpty ? "" : " of \(unit)") from \(range.lowerBound.plainText)"
                    + " to \(range.upperBound.plainText)"
            )
            return nil
        }
        return number
    }

    /// One of the names of a type's cases.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice? {
        guard let value = self[name] else { return nil }
        if case .string(let text) = value.content, let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        report(
            name,
            value,
            found: value.foundText,
            expected: "one of \(names.map { "\"\($0)\"" }.joined(separator: ", "))",
            hint: value.text.flatMap { faults.didYouMean($0, among: names) }
        )
        return nil
    }
}

extension String {
    /// Whether there is nothing to see in it.
    var isBlank: Bool { allSatisfy(\.isWhitespace) }

    /// Whether it is one line for people, of at most 256 bytes.
    var isTitle: Bool {
        !isBlank && utf8.count <= 256 && utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

extension Double {
    /// The number without a fraction of zero.
    var plainText: String {
        self == rounded() && magnitude < 1e15 ? "\(Int64(self))" : "\(self)"
    }
}
