import FleetCore

/// How an error is told.
enum ErrorReport {
    /// How many faults of a spec are listed for people.
    static let listedFaults = 100

    /// For people: `error: …`, the faults, `hint: …`.
    static func text(_ error: CommandError) -> String {
        var result = "error: \(TerminalText.line(error.message))\n"
        for fault in error.faults.prefix(listedFaults) { result += "  \(TerminalText.line(fault.description))\n" }
        let more = error.faults.count - min(error.faults.count, listedFaults) + error.omittedFaults
        if more > 0 { result += "  … and \(more) more\n" }
        if let hint = error.hint { result += "hint: \(TerminalText.line(hint))\n" }
        return result
    }

    /// For programs.
    static func json(_ error: CommandError) -> JSONObject {
        var answer = JSONObject.answer(
            "error",
            [
                "code": .string(error.code.rawValue), "message": .string(error.message),
                "hint": .optional(error.hint),
            ]
        )
        if !error.faults.isEmpty {
            answer.add("faults", .array(error.faults.map { .object(json($0)) }))
        }
        return answer
    }

    private static func json(_ fault: SpecFault) -> JSONObject {
        [
            "path": .string(fault.path), "line": .optional(fault.line), "found": .string(fault.found),
            "expected": .string(fault.expected), "hint": .optional(fault.hint),
        ]
    }
}
