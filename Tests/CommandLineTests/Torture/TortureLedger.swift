import Foundation

/// What the ledger says of a tortured run, read without any code of the product.
struct TortureLedger {
    /// One attempt.
    struct Attempt {
        let task: String
        let key: String
        var isStarted = false
        var outcome: String?
        var failure: String?

        /// Whether it was given up while it may still have run.
        var isGivenUp: Bool { failure == "lost" || failure == "transport" }
    }

    /// The attempts, in the order of their leases.
    private(set) var attempts: [Attempt] = []
    /// How the run ended; nil where it has not.
    private(set) var status: String?

    /// Reads it, and leaves out what is damaged.
    init(_ path: String, run: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let record = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
                record["run_id"] as? String == run
            else { continue }
            take(record, run)
        }
    }

    private mutating func take(_ record: [String: Any], _ run: String) {
        let type = record["type"] as? String
        if type == "run_finished" { status = record["status"] as? String }
        guard let task = record["task_id"] as? String, let number = record["attempt"] as? Int else { return }
        if type == "task_leased", let nonce = record["nonce"] as? String {
            attempts.append(Attempt(task: task, key: "\(run)/\(task)/\(number)/\(nonce)"))
        }
        guard let place = attempts.firstIndex(where: { $0.key.hasPrefix("\(run)/\(task)/\(number)/") }) else { return }
        if type == "attempt_started" { attempts[place].isStarted = true }
        if type == "attempt_finished" {
            attempts[place].outcome = record["outcome"] as? String
            attempts[place].failure = (record["failure"] as? [String: Any])?["class"] as? String
        }
    }

    /// Compares it with what the tasks told on their hosts.
    ///
    /// - Parameters:
    ///   - lives: what they told.
    ///   - tasks: the run's tasks, each of which is to pass once.
    /// - Returns: every difference, in words; none where the ledger tells the truth.
    func differences(from lives: [TortureHost.Life], of tasks: [String]) -> [String] {
        var differences: [String] = []
        let known = Dictionary(attempts.map { ($0.key, $0) }) { first, _ in first }
        for (key, same) in Dictionary(grouping: lives, by: \.key) where same.count > 1 {
            differences.append("\(key) ran \(same.count) times")
        }
        for life in lives where known[life.key].map({ $0.isStarted || $0.isGivenUp }) != true {
            differences.append("\(life.key) ran, and the ledger does not say that it started")
        }
        let told = Dictionary(lives.map { ($0.key, $0) }) { first, _ in first }
        for attempt in attempts {
            if attempt.outcome == nil { differences.append("\(attempt.key) has no end") }
            if attempt.outcome == "passed", told[attempt.key]?.end == nil {
                differences.append("\(attempt.key) is said to have passed, and did not come to its end")
            }
        }
        for task in tasks {
            let same = attempts.filter { $0.task == task }
            let passed = same.filter { $0.outcome == "passed" }.count
            if passed != 1 { differences.append("\(task) passed \(passed) times") }
            differences += overlaps(of: same, told)
        }
        return differences.sorted()
    }

    /// Two lives of one task at the same time, where the ledger does not say that the first was given up.
    private func overlaps(of attempts: [Attempt], _ told: [String: TortureHost.Life]) -> [String] {
        var differences: [String] = []
        for (place, attempt) in attempts.enumerated() where !attempt.isGivenUp {
            guard let life = told[attempt.key] else { continue }
            for other in attempts.dropFirst(place + 1) {
                guard let next = told[other.key], next.start < (life.end ?? .infinity) else { continue }
                differences.append("\(other.key) began while \(attempt.key) ran")
            }
        }
        return differences
    }
}
