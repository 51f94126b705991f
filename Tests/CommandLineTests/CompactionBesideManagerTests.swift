import Foundation
import TestServers
import TestSupport
import Testing

/// `fleet compact` while a manager is at work.
@Suite("Command line: compaction beside a manager", .timeLimit(.minutes(3)))
struct CompactionBesideManagerTests {
    /// Ended runs as a busy workspace has them.
    private static func writeLedger(_ bench: Bench, runs: Int) async throws {
        try await Command.run(
            [BuiltProducts.directory + "/ledger-generator", bench.path(".codewhale/fleet.jsonl"), "\(runs)", "1"]
        )
        // The last run goes on, and nobody drives it.
        let text = try String(contentsOfFile: bench.path(".codewhale/fleet.jsonl"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        let last = try #require(lines.lastIndex { $0.contains(#""type":"run_created""#) })
        try bench.write(lines[..<last].map { $0 + "\n" }.joined(), to: ".codewhale/fleet.jsonl")
    }

    @Test("hosts do not take a busy manager for lost while a thousand runs are archived")
    func busyManager() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        #expect(try await bench.run("fleet", "init").code == 0)
        try await Self.writeLedger(bench, runs: 1_000)
        let short = (0..<60).map { ["id": "s\($0)", "command": "sleep 0.3"] }
        let long =
            ["id": "long", "command": "touch long; until [ -e go ]; do sleep 0.1; done", "priority": 9]
            as [String: Any]
        let spec = ["on_manager_loss": ["stop_after": 2], "tasks": [long] + short] as [String: Any]
        let run = try await RemoteRun.start(bench, spec, "--max-workers", "3")
        defer { run.abandon() }
        #expect(try await eventually(seconds: 30) { FileManager.default.fileExists(atPath: bench.path("long")) })
        let began = ContinuousClock.now
        let compaction = try await bench.run("fleet", "compact", "--json")
        print("1000 runs were archived in \(began.duration(to: .now)) beside a manager at work")
        #expect((compaction.json["archived"] as? [String])?.count == 1_000, "\(compaction.diagnostics)")
        #expect(compaction.json["kept"] as? [String] == [run.id])
        try bench.write("", to: "go")
        #expect(try await eventually(seconds: 60) { !run.manager.isRunning })
        #expect(run.manager.end == .exited(0))
        let attempts = try #require(try await run.task("long")["attempts"] as? [[String: Any]])
        #expect(attempts.map { $0["exit"] as? [String: Int] } == [["code": 0]])
        let status = try await bench.run("fleet", "status", run.id, "--json")
        let tasks = (status.json["runs"] as? [[String: Any]])?.first?["tasks"] as? [String: Int]
        #expect(tasks?["passed"] == 61, "\(status.output)")
        #expect(status.diagnostics == "")
    }
}
