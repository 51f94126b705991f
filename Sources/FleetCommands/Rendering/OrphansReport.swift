import FleetCore
import FleetManager
import FleetWire

/// What was left on hosts, in both forms.
struct OrphansReport {
    /// The hosts.
    let hosts: [OrphanHost]
    /// Whether it was to be reaped.
    let reaps: Bool
    /// Runs whose specs cannot be read: nobody knows their hosts, which were not looked at.
    var unreadable: [RunID] = []

    /// The exit code that goes with it.
    var exit: CommandExit {
        if !isComplete { return .unreachable }
        return isConfirmed ? .success : .failure
    }

    /// Whether every host was looked at.
    private var isComplete: Bool { unreadable.isEmpty && hosts.allSatisfy { $0.failure == nil } }

    /// Whether all that was to be reaped is.
    private var isConfirmed: Bool {
        isComplete
            && hosts.flatMap(\.orphans)
                .allSatisfy { orphan in
                    switch orphan.result {
                    case .survivors, .failed: false
                    case .found, .stopped, .removed, .left, .owned, .driven: true
                    }
                }
    }

    // MARK: - For people

    /// For people.
    var text: String {
        var text = ""
        let all = hosts.flatMap { host in host.orphans.map { (host.name, $0) } }
        if !all.isEmpty {
            var table = TextTable([
                ("HOST", .left), ("WORKSPACE", .left), ("TASK", .left), ("ATTEMPT", .right), ("STATE", .left),
                ("PID", .right), (reaps ? "RESULT" : "WHY", .left),
            ])
            for (host, orphan) in all {
                let key = orphan.report.key
                table.add([
                    host, orphan.isOwn ? "this one" : orphan.workspace, "\(key.run)/\(key.task)", "\(key.attempt)",
                    Self.state(orphan), orphan.isRunning && orphan.report.pid > 0 ? "\(orphan.report.pid)" : "",
                    reaps || Self.isOthers(orphan) ? Self.result(orphan) : Self.cause(orphan),
                ])
            }
            text = table.text
        }
        for host in hosts {
            if let failure = host.failure { text += "\(TerminalText.line("\(host.name): \(failure)"))\n" }
        }
        for run in unreadable { text += "the spec of run \(run) cannot be read; its hosts were not looked at\n" }
        let others = hosts.reduce(0) { $0 + $1.othersRunning }
        if others > 0 {
            text += "\(Wording.count(others, "attempt")) of other workspaces that are at work: not touched\n"
        }
        guard text.isEmpty else { return text + remedy(all.map(\.1)) }
        return "\(Wording.count(hosts.count, "host")): nothing is left\n"
    }

    private func remedy(_ orphans: [Orphan]) -> String {
        if orphans.contains(where: { !$0.isOwn && $0.result == .left && $0.cause != .unknownOwner }) {
            return "other workspaces' are left: codewhale fleet orphans --reap --foreign\n"
        }
        guard !reaps, orphans.contains(where: { $0.isOwn && !Self.isOthers($0) }) else { return "" }
        return "codewhale fleet orphans --reap ends and removes them\n"
    }

    /// Whether somebody drives it: that is told instead of why nobody should.
    private static func isOthers(_ orphan: Orphan) -> Bool { orphan.result == .driven || orphan.result == .owned }

    private static func state(_ orphan: Orphan) -> String {
        switch orphan.report.state {
        case .running: "running"
        case .unsupervised: "unsupervised"
        case .exited: "ended"
        case .lost, .unknown: "lost"
        }
    }

    private static func cause(_ orphan: Orphan) -> String {
        switch orphan.cause {
        case .unknownRun: "the ledger does not know the run"
        case .endedRun: "its run has ended"
        case .givenUp: "it was given up"
        case .unknownAttempt: "the ledger does not know the attempt"
        case .silentOwner(let seconds): "its lease ran out \(Wording.duration(seconds)) ago"
        case .earlierBoot: "it is of before the host was booted"
        case .unknownOwner: "it never had a lease, and is left alone"
        }
    }

    private static func result(_ orphan: Orphan) -> String {
        switch orphan.result {
        case .found: cause(orphan)
        case .stopped: "stopped"
        case .removed: "removed"
        case .survivors(let pids, let reason):
            "not confirmed, processes remain: \(pids.map(String.init).joined(separator: ", "))"
                + (reason.map { " (\($0))" } ?? "")
        case .left: orphan.cause == .unknownOwner ? cause(orphan) : "left: another workspace's"
        case .driven: "left: a live manager drives its run"
        case .owned where orphan.isOwn:
            "left: a manager renews the workspace's lease there; the ledger here does not know of it"
        case .owned: "left: its manager is back"
        case .failed(let message): message
        }
    }

    // MARK: - For programs

    /// For programs.
    var json: JSONObject {
        .answer(
            "orphans",
            [
                "hosts": .array(hosts.map(Self.json)),
                "unreadable_runs": .array(unreadable.map { .string($0.rawValue) }), "confirmed": .bool(isConfirmed),
            ]
        )
    }

    private static func json(_ host: OrphanHost) -> JSONValue {
        .object([
            "host": .string(host.name), "transport": .string(host.transport),
            "reachable": .bool(host.failure == nil), "error": .optional(host.failure),
            "others_running": .int(Int64(host.othersRunning)), "orphans": .array(host.orphans.map(json)),
        ])
    }

    private static func json(_ orphan: Orphan) -> JSONValue {
        let report = orphan.report
        let startedAt = report.startedAt > 0 ? Timestamp(milliseconds: Int64(clamping: report.startedAt)) : nil
        var object: JSONObject = [
            "workspace": .string(orphan.workspace), "own": .bool(orphan.isOwn), "run_id": .string(report.key.run),
            "task_id": .string(report.key.task), "attempt": .int(Int64(report.key.attempt)),
            "state": .string(state(orphan)), "pid": .optional(report.pid > 0 ? Int(report.pid) : nil),
            "started_at": .optional(startedAt), "cause": .string(name(orphan.cause)),
            "result": .string(name(orphan.result)),
        ]
        if case .silentOwner(let seconds) = orphan.cause { object.add("lease_over_seconds", .seconds(seconds)) }
        if case .survivors(let pids, _) = orphan.result {
            object.add("survivors", .array(pids.map { .int(Int64($0)) }))
        }
        if case .failed(let message) = orphan.result { object.add("error", .string(message)) }
        return .object(object)
    }

    private static func name(_ cause: Orphan.Cause) -> String {
        switch cause {
        case .unknownRun: "unknown_run"
        case .endedRun: "ended_run"
        case .givenUp: "given_up"
        case .unknownAttempt: "unknown_attempt"
        case .silentOwner: "lease_over"
        case .earlierBoot: "earlier_boot"
        case .unknownOwner: "no_lease"
        }
    }

    private static func name(_ result: Orphan.Result) -> String {
        switch result {
        case .found: "found"
        case .stopped: "stopped"
        case .removed: "removed"
        case .survivors: "survivors"
        case .left: "left"
        case .driven: "driven"
        case .owned: "owned"
        case .failed: "failed"
        }
    }
}
