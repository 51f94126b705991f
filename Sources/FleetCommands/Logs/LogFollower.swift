import FleetCore
import FleetLedger
import FleetSupervisor

/// Prints a log while it is written, until its attempt has ended.
struct LogFollower {
    /// How often it is looked whether the log has grown.
    static let pause = Duration.milliseconds(100)

    let workspace: OpenWorkspace
    let named: OpenWorkspace.NamedAttempt
    let console: Console
    /// Copies the log on where it is on another machine, and the run has no manager that does.
    var refresher: LogRefresher?

    /// Prints until the attempt has ended, and says how it did.
    func run(_ reading: inout LogReading, _ printer: inout LogPrinter) async throws {
        let changes = try LedgerChanges(workspace.place)
        if named.attempt.isOpen, workspace.managerPID(named.run) == nil, refresher == nil {
            console.note("note: run \(named.run) has no manager now; nobody records this attempt's end\n")
        }
        var next = ContinuousClock.now + LogRefresher.pause
        while true {
            if let refresher, ContinuousClock.now >= next {
                _ = try await refresher.refresh(named)
                next = ContinuousClock.now + LogRefresher.pause
            }
            try workspace.ledger.refresh()
            // Looked up before the log is read: what was written before the end is read in any case.
            let attempt = try workspace.run(named.run).task(named.task)?.attempts
                .first { $0.number == named.attempt.number }
            if let attempt, !attempt.isOpen { reading.reader = reader(of: attempt) }
            printer.print(&reading)
            if console.isOutputClosed { return }
            if let attempt, !attempt.isOpen {
                printer.finish()
                return console.note("\(named.name): \(TerminalText.line(attempt.shortResult))\n")
            }
            await changes.next(within: Self.pause)
            try Task.checkCancellation()
        }
    }

    private func reader(of attempt: AttemptRecord) -> BoundedLogReader {
        BoundedLogReader(
            path: workspace.place.log(named.run, named.task, attempt: attempt.number),
            knownTotal: attempt.log.map { UInt64(clamping: $0.bytes) }
        )
    }
}
