import FleetCore
import FleetManager
import UnixSignals

/// Drives a run in this process, and heeds the signals that it gets.
struct Driver: Sendable {
    /// How driving ended.
    struct Outcome: Sendable {
        /// How the manager ended.
        let end: RunEnd
        /// The signal at which what ran was interrupted.
        let interruptedBy: UnixSignal?
    }

    /// What one of its two tasks came to.
    private enum Part: Sendable {
        case ended(RunEnd)
        case interrupted(UnixSignal)
    }

    /// The signals that are heeded.
    let signals: any AsyncSequence<UnixSignal, Never> & Sendable

    /// A driver that heeds INT and TERM from now on: made before the run is, so that none ends the process in between.
    static func ofProcess() async -> Driver {
        Driver(signals: await UnixSignalsSequence(trapping: .sigint, .sigterm))
    }

    /// Drives a run until it is over, or until signals end it; the observer shows it.
    func run(_ manager: RunManager, observer: some RunObserver) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Part?.self) { group in
            group.addTask { Part.ended(try await manager.run { observer.observe($0) }) }
            group.addTask { [signals] in
                await heed(signals, manager, observer).map { Part.interrupted($0) }
            }
            var end: RunEnd?
            var interruptedBy: UnixSignal?
            while let part = try await group.next() {
                switch part {
                case .ended(let ended):
                    end = ended
                    group.cancelAll()
                case .interrupted(let signal): interruptedBy = signal
                case nil: break
                }
            }
            return Outcome(end: end ?? .stopped(TaskCounts()), interruptedBy: interruptedBy)
        }
    }

    /// Heeds signals until cancelled, and returns the one that interrupted what ran.
    private func heed(
        _ signals: any AsyncSequence<UnixSignal, Never> & Sendable,
        _ manager: RunManager,
        _ observer: some RunObserver
    ) async -> UnixSignal? {
        var count = 0
        var interruptedBy: UnixSignal?
        for await signal in signals {
            count += 1
            let response = SignalResponse(toSignal: count)
            observer.say(response.sentence(signal, run: manager.runID.rawValue))
            switch response {
            case .drain: manager.drain()
            case .interrupt:
                interruptedBy = signal
                manager.interrupt()
            case .leave:
                await observer.finish()
                System.exit(status: 128 + signal.rawValue)
            }
        }
        return interruptedBy
    }
}

extension Driver.Outcome {
    /// The exit code that goes with it, where every task is to pass.
    var exit: CommandExit {
        if case .finished(let finished) = end, finished.status == .completed { return .success }
        switch interruptedBy {
        case .sigint?: return .interrupted
        case .some: return .terminated
        case nil: break
        }
        return switch end {
        case .finished(let finished): finished.status == .incomplete ? .unreachable : .failure
        case .stopped: .stopped
        }
    }
}
