extension ObjectReader {
    /// An object within this one.
    func object(_ name: String, known: FieldNames) -> ObjectReader? {
        guard let value = self[name] else { return nil }
        return ObjectReader(value, at: place.member(name), faults, known: known)
    }

    /// The elements of an array, with their places.
    func elements(
        _ name: String,
        expected: String,
        hidesValues: Bool = false
    ) -> [(value: DocumentValue, place: Place)]? {
        guard let value = self[name] else { return nil }
        guard case .array(let elements) = value.content else {
            report(name, value, found: hidesValues ? value.kindText : value.foundText, expected: expected)
            return nil
        }
        let place = place.member(name)
        return elements.enumerated().map { ($1, place.element($0)) }
    }

    /// An array of texts that pass a check, each once; `hidesValues` keeps what is none of these out of messages.
    func strings(
        _ name: String,
        of subject: String,
        allowsDuplicates: Bool = false,
        hidesValues: Bool = false,
        check: (String) -> TextProblem? = { _ in nil }
    ) -> [String]? {
        let all = elements(name, expected: "an array of \(subject)", hidesValues: hidesValues)
        guard let elements = all else { return nil }
        var seen: Set<String> = []
        var result: [String] = []
        result.reserveCapacity(elements.count)
        for (value, place) in elements {
            guard let text = self.text(value, at: place, of: subject, hidesValues) else { continue }
            if let problem = check(text) {
                faults.add(
                    place,
                    line: value.line,
                    found: problem.found ?? value.foundText,
                    expected: problem.expected,
                    hint: problem.hint
                )
                continue
            }
            if !allowsDuplicates, !seen.insert(text).inserted {
                faults.add(place, line: value.line, found: "\(value.foundText) again", expected: "each one once")
                continue
            }
            result.append(text)
        }
        return result
    }

    /// A text of an array of them.
    private func text(_ value: DocumentValue, at place: Place, of subject: String, _ isHidden: Bool) -> String? {
        guard case .string(let text) = value.content else {
            let found = isHidden ? value.kindText : value.foundText
            faults.add(place, line: value.line, found: found, expected: "a text, in an array of \(subject)")
            return nil
        }
        guard !text.utf8.contains(0) else {
            faults.add(place, line: value.line, found: "a text with a NUL character", expected: "one without")
            return nil
        }
        return text
    }

    /// An object whose values are texts; `hidesValues` keeps them out of messages.
    func table(
        _ name: String,
        expected: String,
        hidesValues: Bool = false,
        checkName: (String) -> TextProblem? = { _ in nil }
    ) -> [String: String]? {
        guard let value = self[name] else { return nil }
        guard case .object(let members) = value.content else {
            report(name, value, found: hidesValues ? value.kindText : value.foundText, expected: expected)
            return nil
        }
        let place = place.member(name)
        var result: [String: String] = [:]
        for member in members {
            func report(_ found: String, _ expected: String, _ hint: String? = nil) {
                faults.add(
                    place.member(hidesValues ? member.name.withoutAssignedValue : member.name),
                    line: member.value.line,
                    found: found,
                    expected: expected,
                    hint: hint
                )
            }
            if let problem = checkName(member.name) {
                report(problem.found ?? member.name.quotedForMessage, problem.expected, problem.hint)
                continue
            }
            guard case .string(let text) = member.value.content else {
                let isScalar =
                    switch member.value.content {
                    case .bool, .integer, .number: true
                    default: false
                    }
                report(
                    hidesValues ? member.value.kindText : member.value.foundText,
                    "a text",
                    isScalar ? "put it in quotes" : nil
                )
                continue
            }
            guard !text.utf8.contains(0) else {
                report("a text with a NUL character", "a text without")
                continue
            }
            if result.updateValue(text, forKey: member.name) != nil { report("the same name again", "each name once") }
        }
        return result
    }
}

extension String {
    /// For messages: what stands here for the name of a variable, without the value that may have been put there, too.
    var withoutAssignedValue: String {
        guard let sign = unicodeScalars.firstIndex(of: "=") else { return self }
        return "\(self[...sign])…"
    }
}

/// What is wrong with a text.
struct TextProblem {
    /// What was found; nil for the text itself.
    var found: String?
    var expected: String
    var hint: String?
}

extension TextProblem {
    /// What is wrong with the name of a variable for a host or a task: its form, or that it is secret-like.
    static func variableName(_ name: String) -> TextProblem? {
        let isPlain =
            !name.isEmpty && name.utf8.count <= 256 && !(name.utf8.first.map { $0 >= 0x30 && $0 <= 0x39 } ?? false)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        guard isPlain else {
            let hasValue = name.utf8.contains(UInt8(ascii: "="))
            return TextProblem(
                found: name.withoutAssignedValue.quotedForMessage,
                expected: "the name of a variable: letters, digits and '_', no digit first",
                hint: hasValue ? "a name only, without '=' and a value" : nil
            )
        }
        if reservedVariables.contains(name) {
            return TextProblem(expected: "another name", hint: "the fleet itself sets this variable for every attempt")
        }
        guard let reason = SecretNames.reason(for: name) else { return nil }
        return TextProblem(
            found: "\(name.quotedForMessage), a secret-like name (\(reason))",
            expected: "the name of a variable that is not secret",
            hint: "keep secrets in the worker program's configuration or in that of the host"
        )
    }

    /// The variables that the fleet itself sets.
    static let reservedVariables: Set<String> = [
        "CODEWHALE_RUN_ID", "CODEWHALE_TASK_ID", "CODEWHALE_WORKER_ID", "CODEWHALE_ATTEMPT", "CODEWHALE_ATTEMPT_KEY",
        "CODEWHALE_ARTIFACTS_DIR",
    ]

    /// What is wrong with the name of a capability, tag or other mark.
    static func mark(_ text: String) -> TextProblem? {
        text.isTitle ? nil : TextProblem(expected: "one line of at most 256 bytes, not empty")
    }

    /// What is wrong with an id.
    static func id(_ text: String) -> TextProblem? {
        IdentifierForm.isValid(text) ? nil : TextProblem(expected: "an id: \(IdentifierForm.description)")
    }

    /// What is wrong with a path that must stay below a directory.
    static func inner(path: String) -> TextProblem? {
        let expected = "a path below the working directory"
        if path.isBlank { return TextProblem(expected: expected) }
        if path.hasPrefix("/") || path.hasPrefix("~") {
            return TextProblem(expected: expected, hint: "begin it neither with '/' nor with '~'")
        }
        let leaves = path.split(separator: "/").contains("..")
        return leaves ? TextProblem(expected: expected, hint: "leave out '..'") : nil
    }
}
