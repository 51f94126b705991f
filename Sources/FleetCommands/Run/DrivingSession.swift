import FleetCore
import FleetManager

/// Drives a run with everything around it: what is shown meanwhile, and what is said at the end.
struct DrivingSession: Sendable {
    let driver: Driver
    let manager: RunManager
    let console: Console
    let isJSON: Bool
    /// Whether the run was driven before: then it is shown from now on alone.
    var isContinued = false
    var now: @Sendable () -> Timestamp = { System.now }

    /// Drives the run, and returns the exit code.
    ///
    /// - Throws: what the manager throws; what is shown is taken away before.
    func run() async throws -> CommandExit {
        let start = now()
        let mode = RunReporter.Mode(console, isJSON: isJSON)
        let records = try await manager.records()
        let reporter = RunReporter(records, mode: mode, console: console, isContinued: isContinued, now: now)
        guard let reporter else {
            throw CommandError(.workspace, "run \(manager.runID) is not in the ledger as it was written")
        }
        let outcome: Driver.Outcome
        do {
            outcome = try await driver.run(manager, observer: reporter)
        } catch {
            await reporter.finish()
            throw error
        }
        await reporter.finish()
        let closing = RunClosing(run: reporter.run, end: outcome.end, seconds: seconds(outcome.end, since: start))
        if !isJSON {
            console.write(closing.text)
        } else if let line = closing.json {
            console.write(line)
        }
        return outcome.exit
    }

    private func seconds(_ end: RunEnd, since start: Timestamp) -> Double {
        if case .finished(let finished) = end { finished.seconds } else { now().seconds(since: start) }
    }
}
