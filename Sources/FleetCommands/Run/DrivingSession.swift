import FleetCore
import FleetManager

/// Drives a run with everything around it: what is shown meanwhile, and what is said at the end.
struct DrivingSession: Sendable {
    let driver: Driver
    let manager: RunManager
    let console: Console
    let isJSON: Bool
    var now: @Sendable () -> Timestamp = { System.now }

    /// Drives the run, and returns the exit code.
    ///
    /// - Throws: what the manager throws; what is shown is taken away before.
    func run() async throws -> CommandExit {
        let start = now()
        let mode = RunReporter.Mode(console, isJSON: isJSON)
        guard let reporter = RunReporter(try await manager.records(), mode: mode, console: console, now: now) else {
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
