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
        var message = ""
        /// When it was leased and when its end was written, in seconds since 1970.
        let leasedAt: Double
        var finishedAt: Double?

        /// Whether it was given up because nothing was heard of it for so many seconds: it may have run on.
        func isGivenUp(after seconds: Double) -> Bool {
            failure == "lost" && message.hasPrefix("nothing was heard of it for")
                && (finishedAt ?? 0) - leasedAt >= seconds
        }
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
            let key = "\(run)/\(task)/\(number)/\(nonce)"
            attempts.append(Attempt(task: task, key: key, leasedAt: Self.seconds(record)))
        }
        guard let place = attempts.firstIndex(where: { $0.key.hasPrefix("\(run)/\(task)/\(number)/") }) else { return }
        if type == "attempt_started" { attempts[place].isStarted = true }
        if type == "attempt_finished" {
            attempts[place].outcome = record["outcome"] as? String
            let failure = record["failure"] as? [String: Any]
            attempts[place].failure = failure?["class"] as? String
            attempts[place].message = failure?["message"] as? String ?? ""
            attempts[place].finishedAt = Self.seconds(record)
        }
    }

    private static func seconds(_ record: [String: Any]) -> Double {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return (record["time"] as? String).flatMap { try? style.parse($0) }?.timeIntervalSince1970 ?? 0
    }

    /// How many attempts were given up because nothing was heard of them.
    var silences: Int { attempts.count { $0.isGivenUp(after: 0) } }

    /// Compares it with what the tasks told on their hosts.
    ///
    /// - Parameters:
    ///   - lives: what they told.
    ///   - tasks: the run's tasks, each of which is to pass once.
    ///   - lostAfter: after how many seconds of silence an attempt may be given up.
    /// - Returns: every difference, in words; none where the ledger tells the truth.
    func differences(from lives: [TortureHost.Life], of tasks: [String], lostAfter: Double) -> [String] {
        var differences: [String] = []
        let known = Dictionary(attempts.map { ($0.key, $0) }) { first, _ in first }
        for (key, same) in Dictionary(grouping: lives, by: \.key) where same.count > 1 {
            differences.append("\(key) ran \(same.count) times")
        }
        for life in lives {
            let attempt = known[life.key]
            if attempt.map({ $0.isStarted || $0.isGivenUp(after: lostAfter) }) != true {
                differences.append("\(life.key) ran, and the ledger does not say that it started")
            }
            if attempt?.failure == "transport" {
                let message = attempt?.message ?? ""
                differences.append("\(life.key) ran, and the ledger says that it never began: \(message)")
            }
        }
        let told = Dictionary(lives.map { ($0.key, $0) }) { first, _ in first }
        for attempt in attempts {
            if attempt.outcome == nil { differences.append("\(attempt.key) has no end") }
            if attempt.failure == "lost", !attempt.isGivenUp(after: lostAfter) {
                differences.append("\(attempt.key) was lost, and nothing was done to it: \(attempt.message)")
            }
            if attempt.failure == "configuration", !attempt.message.contains("The disk is full") {
                differences.append("\(attempt.key) failed, and nothing was wrong with it: \(attempt.message)")
            }
            if attempt.outcome == "passed", told[attempt.key]?.end == nil {
                differences.append("\(attempt.key) is said to have passed, and did not come to its end")
            }
        }
        for task in tasks {
            let same = attempts.filter { $0.task == task }
            let passed = same.filter { $0.outcome == "passed" }.count
            if passed != 1 {
                let last = same.last.map { "\($0.key) \($0.failure ?? ""): \($0.message)" } ?? ""
                differences.append("\(task) passed \(passed) times; \(last)")
            }
            differences += overlaps(of: same, told, lostAfter)
        }
        return differences.sorted()
    }

    /// Two lives of one task at the same time, where the ledger does not say that the first was given up.
    private func overlaps(
        of attempts: [Attempt],
        _ told: [String: TortureHost.Life],
        _ lostAfter: Double
    ) -> [String] {
        var differences: [String] = []
        for (place, attempt) in attempts.enumerated() where !attempt.isGivenUp(after: lostAfter) {
            guard let life = told[attempt.key] else { continue }
            for other in attempts.dropFirst(place + 1) {
                guard let next = told[other.key], next.start < (life.end ?? .infinity) else { continue }
                differences.append("\(other.key) began while \(attempt.key) ran")
            }
        }
        return differences
    }
}
