import Foundation
import Synchronization

/// Plays many histories, on all processors.
package struct Campaign: Sendable {
    /// What came of them.
    package struct Tally: Sendable {
        var histories = 0
        var steps = 0
        var faults = 0
        var managers = 0
        var digest: UInt64 = 0
        var seconds = 0.0
        package private(set) var failures: [History.Outcome] = []

        /// What came of them, in a sentence.
        package var words: String {
            func mean(_ sum: Int) -> String { String(format: "%.1f", Double(sum) / Double(max(1, histories))) }
            return "\(histories) histories in \(String(format: "%.1f", seconds)) s "
                + "(\(Int(Double(histories) / max(seconds, 0.001))) a second): mean of \(mean(steps)) steps, "
                + "\(mean(faults)) faults and \(mean(managers)) managers; \(failures.count) broke a promise; "
                + "digest \(String(digest, radix: 16))"
        }

        fileprivate mutating func sort() { failures.sort { $0.seed < $1.seed } }

        fileprivate mutating func add(_ outcome: History.Outcome) {
            histories += 1
            steps += outcome.steps
            faults += outcome.faults
            managers += outcome.managers
            // Histories end in any order.
            digest &+= outcome.digest &* (outcome.seed | 1)
            if !outcome.breaches.isEmpty { failures.append(outcome) }
        }
    }

    /// After so many failures no more are looked for.
    static let failureLimit = 20

    /// Which seed is next, and what came of those before.
    fileprivate final class Progress: Sendable {
        private let state: Mutex<(seeds: Range<UInt64>, tally: Tally)>

        init(_ seeds: Range<UInt64>) { state = Mutex((seeds, Tally())) }

        func take() -> UInt64? {
            state.withLock { $0.tally.failures.count < failureLimit ? $0.seeds.popFirst() : nil }
        }

        func add(_ outcome: History.Outcome) { state.withLock { $0.tally.add(outcome) } }

        var tally: Tally { state.withLock { $0.tally } }
    }

    private let seeds: Range<UInt64>
    private let onOutcome: @Sendable (History.Outcome) -> Void

    /// The histories of so many seeds from the first on.
    package init(first: UInt64, count: UInt64, onOutcome: @escaping @Sendable (History.Outcome) -> Void = { _ in }) {
        seeds = first..<first + count
        self.onOutcome = onOutcome
    }

    /// Plays one, and tells its story.
    package static func tell(_ seed: UInt64) async -> History.Outcome {
        await onThread {
            Witness.note(seed)
            return History(seed: seed, isTelling: true).play()
        }
    }

    /// Plays them.
    package func run() async -> Tally {
        let progress = Progress(seeds)
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                group.addTask {
                    await Self.onThread {
                        while let seed = progress.take() {
                            let outcome = Self.play(seed)
                            progress.add(outcome)
                            onOutcome(outcome)
                        }
                    }
                }
            }
        }
        var tally = progress.tally
        tally.seconds = (ContinuousClock.now - start) / .seconds(1)
        tally.sort()
        return tally
    }

    private static func play(_ seed: UInt64) -> History.Outcome {
        Witness.note(seed)
        return History(seed: seed).play()
    }

    /// Does something on a thread of its own: a history blocks it from beginning to end.
    package static func onThread<Success: Sendable>(_ body: @escaping @Sendable () -> Success) async -> Success {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: body()) }.start()
        }
    }
}
