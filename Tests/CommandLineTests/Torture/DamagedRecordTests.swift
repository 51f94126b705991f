import Foundation
import TestServers
import Testing

/// Records are lost while a run's manager is gone.
///
/// Who resumes it leaves no process, loses no task, and tells none that passed as failed.
@Suite("Command line: damaged records", .timeLimit(.minutes(3)))
struct DamagedRecordTests {
    /// What befalls the ledger.
    enum Loss: String, CaseIterable, CustomTestStringConvertible {
        case creation = "run_created"
        case lease = "task_leased"
        case start = "attempt_started"
        case end = "attempt_finished"
        case everything = "all of these"
        /// It is replaced by a copy of before the first lease: nothing in it is damaged.
        case olderCopy = "what came after a copy was made"

        var testDescription: String { rawValue }

        func takes(_ line: Substring, of task: String) -> Bool {
            if self == .creation { return line.contains("\"run_created\"") }
            guard line.contains("\"task_id\":\"\(task)\"") else { return false }
            switch self {
            case .olderCopy: return false
            case .everything: return line.contains("_leased\"") || line.contains("\"attempt_")
            default: return line.contains("\"\(rawValue)\"")
            }
        }
    }

    private static let tasks = ["t0", "t1", "t2", "t3", "t4"]

    /// Tasks that may be tried once: the first passes at once, the others when `go` is there.
    private static var spec: [String: Any] {
        let list = tasks.map { task in
            let lock = "exec 9>lock.\(task); flock -n 9 || echo \(task) >> overlaps; echo \(task) >> starts"
            let command = "\(lock); until [ -e go ] || [ \(task) = t0 ]; do sleep 0.02; done"
            return ["id": task, "command": command, "depends_on": task == "t4" ? ["t1"] : []] as [String: Any]
        }
        return ["tasks": list, "defaults": ["retry_policy": ["max_attempts": 1]]]
    }

    @Test("a run is resumed all the same", arguments: Loss.allCases, ["t0", "t1"])
    func resumed(_ loss: Loss, of task: String) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await RemoteRun.start(bench, Self.spec, "--max-workers", "3")
        defer { run.abandon() }
        #expect(try await eventually { try run.tasks()["running"] == 3 && run.tasks()["passed"] == 1 })
        // The host has removed its record of what has ended: only its mark is left.
        #expect(try await eventually { !Self.records(bench).contains { $0.hasPrefix("t0.") } })
        run.killManager()
        try Self.lose(loss, of: task, in: bench)
        let next = try await run.resume()
        defer { next.abandon() }
        // What was adopted runs on; of what is not in the ledger a second attempt begins, when the first has ended.
        let isBegunAgain = loss == .olderCopy || (task == "t1" && (loss == .lease || loss == .everything))
        #expect(try await eventually(seconds: 30) { try Self.starts("t1", in: bench) == (isBegunAgain ? 2 : 1) })
        try bench.write("", to: "go")
        #expect(try await next.end() == 0, "\(next.said())")
        #expect(run.processes().isEmpty)
        #expect(Self.records(bench).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: bench.path("overlaps")))
        for name in Self.tasks {
            #expect(try await run.task(name)["status"] as? String == "passed", "\(name): \(next.said())")
            // Nothing is run again of which the ledger still tells that it has passed, or runs.
            let isRunAgain = loss == .olderCopy || (name == task && [.lease, .everything, .end].contains(loss))
            if !isRunAgain { #expect(try Self.starts(name, in: bench) == 1, "\(name): \(next.said())") }
        }
        // The end of a task tells that it had been leased.
        if loss == .lease, task == "t0" { #expect(try Self.starts("t0", in: bench) == 1) }
        #expect(try await bench.run("fleet", "orphans").output == "1 host: nothing is left\n")
    }

    /// Makes records of a task unreadable, or takes them away.
    private static func lose(_ loss: Loss, of task: String, in bench: Bench) throws {
        let path = bench.path(".codewhale/fleet.jsonl")
        var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        if loss == .olderCopy {
            lines = Array(lines.prefix { !$0.contains("\"task_leased\"") })
        } else {
            lines = lines.map { loss.takes($0, of: task) ? $0.dropFirst(9) : $0 }
        }
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }

    /// How often a task's program began.
    private static func starts(_ task: String, in bench: Bench) throws -> Int {
        try String(contentsOfFile: bench.path("starts"), encoding: .utf8).split(separator: "\n").count { $0 == task }
    }

    /// The supervisor's records of attempts on this machine.
    private static func records(_ bench: Bench) -> [String] {
        let state = bench.path(".codewhale/fleet-host")
        return (FileManager.default.enumerator(atPath: state)?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".rec") }.map { ($0 as NSString).lastPathComponent }
    }
}
