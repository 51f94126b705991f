import FleetCore

/// What `fleet doctor` found: on this machine, and on each host.
struct DoctorReport: Sendable, Equatable {
    /// What was found of the ssh client here.
    var findings: [Finding]
    /// What was found on the hosts, in the order of the workers.
    var hosts: [HostReport]

    /// How many findings there are of a severity.
    func count(_ severity: Finding.Severity) -> Int {
        findings.count { $0.severity == severity } + hosts.reduce(0) { $0 + $1.count(severity) }
    }

    /// 69 where a host was not reached, 78 where there is another error.
    var exit: CommandExit {
        let isUnreached = hosts.contains { host in
            !host.isReached && host.findings.contains { $0.severity == .error && Self.contact.contains($0.check) }
        }
        if isUnreached { return .unreachable }
        return count(.error) > 0 ? .configuration : .success
    }

    /// The checks whose failure means that the host was not reached.
    private static let contact: Set<Finding.Check> = [.reachable, .hostKey, .authentication]
}

extension DoctorReport {
    /// For people: a table for each host, and what to do below each finding that needs it.
    var text: String {
        var result = ""
        if !findings.isEmpty { result += "this machine\n" + Self.table(findings) + "\n" }
        for host in hosts {
            let workers = host.workers.map(\.rawValue).joined(separator: ", ")
            let who = workers.isEmpty ? "" : " (\(workers))"
            result += TerminalText.line("\(host.host) over \(host.transport)\(who): \(Self.summary(host))") + "\n"
            result += Self.table(host.findings) + "\n"
        }
        return result + "\(Wording.count(hosts.count, "host")): \(Self.counts(count(.error), count(.warning)))\n"
    }

    private static func summary(_ host: HostReport) -> String {
        "\(counts(host.count(.error), host.count(.warning))), \(Wording.duration(host.seconds))"
    }

    private static func counts(_ errors: Int, _ warnings: Int) -> String {
        guard errors + warnings > 0 else { return "all well" }
        let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
        return parts.map { Wording.count($0.0, $0.1) }.joined(separator: ", ")
    }

    private static func table(_ findings: [Finding]) -> String {
        var table = TextTable("", "CHECK", "FOUND")
        for finding in findings {
            let check = finding.check.rawValue.split(separator: "_").joined(separator: " ")
            let found = finding.subject.map { "\($0): \(finding.found)" } ?? finding.found
            table.add([finding.severity.rawValue, check, found])
            if let remedy = finding.remedy { table.add(["", "", "-> \(remedy)"]) }
        }
        return table.text.split(separator: "\n").map { "  \($0)\n" }.joined()
    }
}

extension DoctorReport {
    /// For programs.
    var json: JSONObject {
        .answer(
            "doctor",
            [
                "errors": .int(Int64(count(.error))), "warnings": .int(Int64(count(.warning))),
                "findings": .array(findings.map(Self.json)),
                "hosts": .array(
                    hosts.map { host in
                        .object([
                            "host": .string(host.host), "transport": .string(host.transport),
                            "workers": .array(host.workers.map { .string($0.rawValue) }),
                            "reached": .bool(host.isReached), "seconds": .seconds(host.seconds),
                            "findings": .array(host.findings.map(Self.json)),
                        ])
                    }
                ),
            ]
        )
    }

    private static func json(_ finding: Finding) -> JSONValue {
        .object([
            "severity": .string(finding.severity.rawValue), "check": .string(finding.check.rawValue),
            "subject": .optional(finding.subject), "found": .string(finding.found),
            "remedy": .optional(finding.remedy),
        ])
    }
}
