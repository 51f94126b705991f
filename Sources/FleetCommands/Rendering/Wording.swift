import FleetCore

/// How quantities are written for people.
enum Wording {
    /// A duration: `0.2 s`, `12.3 s`, `3 min 04 s`, `2 h 05 min`, `3 d 04 h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "–" }
        let seconds = max(seconds, 0)
        if seconds < 59.95 { return "\(fixed(seconds, digits: 1)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3_600 { return "\(whole / 60) min \(two(whole % 60)) s" }
        if whole < 86_400 { return "\(whole / 3_600) h \(two(whole / 60 % 60)) min" }
        return "\(whole / 86_400) d \(two(whole / 3_600 % 24)) h"
    }

    /// A duration on a clock: `0:07`, `12:34`, `1:02:03`.
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "–" }
        let whole = Int(max(seconds, 0).rounded())
        if whole < 3_600 { return "\(whole / 60):\(two(whole % 60))" }
        return "\(whole / 3_600):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }

    /// A size: `17 B`, `1.5 KiB`, `8.0 MiB`.
    static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        guard value >= 1_024 else { return "\(count) B" }
        for unit in ["KiB", "MiB", "GiB"] {
            value /= 1_024
            if value < 1_024 { return "\(fixed(value, digits: 1)) \(unit)" }
        }
        return "\(fixed(value / 1_024, digits: 1)) TiB"
    }

    /// A count with its noun: `1 task`, `2 tasks`.
    static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    /// How a program ended: `exit 3`, `signal 9 (KILL)`.
    static func exit(_ status: ExitStatus) -> String {
        switch status {
        case .code(let code): "exit \(code)"
        case .signal(let number): signalNames[number].map { "signal \(number) (\($0))" } ?? "signal \(number)"
        }
    }

    /// How tasks stand, those kinds alone that there are: `3 passed, 1 failed`.
    static func counts(_ counts: TaskCounts) -> String {
        let parts = TaskStatus.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \($0.rawValue)" }
        return parts.isEmpty ? "no tasks" : parts.joined(separator: ", ")
    }

    /// How the tasks of an ended run ended, those kinds alone that there are.
    static func tally(_ tally: Tally) -> String {
        var counts = TaskCounts()
        counts.passed = tally.passed
        counts.failed = tally.failed
        counts.cancelled = tally.cancelled
        counts.interrupted = tally.interrupted
        counts.queued = max(tally.total - counts.ended, 0)
        return self.counts(counts)
    }

    /// What a host found of an attempt that was to be ended.
    static func end(_ result: EndResult) -> String {
        switch result {
        case .stopped: "ended, verified"
        case .alreadyExited: "had ended already"
        case .survivors: "could not be ended entirely"
        case .unreachable: "not confirmed; to be ended at next contact"
        }
    }

    /// A moment, to the second, in UTC: `2026-01-31 23:59:59Z`.
    static func time(_ time: Timestamp) -> String {
        let text = time.rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
    }

    /// What stands in the place of a list of runs that is empty.
    static let noRuns = "no runs yet; start one with: codewhale fleet run SPEC\n"

    private static let signalNames = [
        1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 11: "SEGV", 13: "PIPE",
        14: "ALRM", 15: "TERM",
    ]

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A number with so many digits behind the point, without Foundation.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((value.magnitude * scale).rounded())
        let whole = scaled / Int64(scale)
        let rest = String(scaled % Int64(scale))
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        return "\(sign)\(whole).\(String(repeating: "0", count: digits - rest.count))\(rest)"
    }

    /// The processes that an end has left.
    static func survivors(of end: Event.EndConfirmed) -> String {
        let more = end.survivorCount - end.survivors.count
        return end.survivors.map(String.init).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}
