import FleetWire
import NIOCore

/// The attempts of a channel that are not over, and what was last told of each: pure.
struct WatchedAttempts {
    private struct Told {
        var state: AttemptState?
        var revision: UInt64 = 0
        /// When something happens to it by itself.
        var deadlines: [NIODeadline] = []

        /// Whether a report says something new.
        ///
        /// A program without a pid is about to be started, as whoever wanted it knows; and what a log has grown to is
        /// not told for its own sake.
        func isNews(_ report: AttemptReport) -> Bool {
            switch report.state {
            case .unknown: true
            case .running where report.pid == 0: false
            default: report.revision > revision || (report.revision == revision && report.state != state)
            }
        }
    }

    /// More are not watched, so that a host cannot make up attempts without end; pushes tell of them all the same.
    static let limit = 20_000
    /// No part of a key is longer, in bytes: as ids are.
    private static let longest = 128

    private var told: [AttemptKey: Told] = [:]
    /// Changes with the attempts, not with what was told of them.
    private(set) var version = 0

    /// Whether there is none.
    var isEmpty: Bool { told.isEmpty }

    /// Their keys, in the same order for one ``version``.
    var keys: [AttemptKey] { Array(told.keys) }

    /// An attempt is to be watched; what is known of it stays known.
    mutating func watch(_ key: AttemptKey) {
        guard told[key] == nil, told.count < Self.limit,
            [key.run, key.task, key.nonce].allSatisfy({ $0.utf8.count <= Self.longest })
        else { return }
        told[key] = Told()
        version += 1
    }

    /// Something happens to an attempt by itself at these times, where it is watched.
    mutating func expect(_ times: [NIODeadline], of key: AttemptKey) { told[key]?.deadlines += times }

    /// An attempt is of no interest any more.
    mutating func forget(_ key: AttemptKey) {
        if told.removeValue(forKey: key) != nil { version += 1 }
    }

    /// A report was told to who asked for it, or by a push; an answer makes what runs watched.
    mutating func note(_ report: AttemptReport, isAnswer: Bool) {
        guard isAnswer || told[report.key] != nil else { return }
        guard report.state == .running || report.state == .unsupervised else { return forget(report.key) }
        watch(report.key)
        tell(report)
    }

    /// What an answer to a poll tells that was not told yet; it counts as told.
    ///
    /// - Parameters:
    ///   - reports: the answer.
    ///   - asked: what was asked about: what the answer does not name is not known to the host.
    /// - Returns: what is new, in the order of the keys.
    mutating func changes(in reports: [AttemptReport], asked: [AttemptKey]) -> [AttemptReport] {
        let answered = Dictionary(reports.map { ($0.key, $0) }) { _, last in last }
        var changes: [AttemptReport] = []
        for key in asked {
            let report = answered[key] ?? AttemptReport(key: key, state: .unknown)
            // What was told to be over meanwhile is not told again.
            guard let known = told[key], known.isNews(report) else { continue }
            changes.append(report)
            note(report, isAnswer: true)
        }
        return changes
    }

    /// The next time at which something happens by itself.
    func nextDeadline(after now: NIODeadline) -> NIODeadline? {
        var next: NIODeadline?
        for known in told.values {
            for time in known.deadlines where time > now && time < next ?? .distantFuture { next = time }
        }
        return next
    }

    private mutating func tell(_ report: AttemptReport) {
        guard let known = told[report.key], report.revision >= known.revision else { return }
        told[report.key]?.state = report.state
        told[report.key]?.revision = report.revision
    }
}
