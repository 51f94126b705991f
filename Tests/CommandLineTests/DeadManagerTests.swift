import Foundation
import TestServers
import Testing

/// What can be done to a run whose manager was killed.
@Suite("Command line: dead managers")
struct DeadManagerTests {
    /// Starts a run of sleeping tasks, waits until `count` of them run, and kills its manager.
    private static func killedRun(_ bench: Bench, running count: Int) async throws -> String {
        let tasks = (0..<20)
            .map { #"{"id": "t\#($0)", "command": "echo > started-\#($0); setsid sleep 300 & exec sleep 301"}"# }
        try bench.write(#"{"name": "long", "tasks": [\#(tasks.joined(separator: ","))]}"#, to: "spec.json")
        let manager = try ChildProcess(bench.plan(["fleet", "run", "spec.json", "--max-workers", "\(count)"]))
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let status = try await bench.run("fleet", "status", "--json")
            let runs = status.json["runs"] as? [[String: Any]] ?? []
            if let run = runs.first, (run["tasks"] as? [String: Int])?["running"] == count {
                manager.signal(SIGKILL)
                await manager.finish()
                return try #require(run["run_id"] as? String)
            }
            guard ContinuousClock.now < deadline else { throw Timeout() }
        }
    }

    struct Timeout: Error {}

    @Test("status tells the truth, and stop --all ends every process")
    func stopAll() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await Self.killedRun(bench, running: 4)
        let status = try await bench.run("fleet", "status", "--json")
        let view = try #require((status.json["runs"] as? [[String: Any]])?.first)
        #expect((view["manager"] as? [String: Any])?["alive"] as? Bool == false)
        #expect((view["tasks"] as? [String: Int])?["running"] == 4)
        #expect(bench.processes().filter { $0.contains("sleep 300") }.count == 4)
        let stop = try await bench.run("fleet", "stop", "--all")
        #expect(stop.code == 0, "\(stop.output)\(stop.diagnostics)")
        #expect(bench.processes() == [])
        let after = try await bench.run("fleet", "status", run, "--json")
        #expect(after.output.contains(#""status":"cancelled""#))
    }

    @Test(
        "stop --all ends every process, whatever became of the records of it",
        arguments: ["run_created", "task_enqueued", "task_leased", "attempt_started", ""]
    )
    func damagedLedger(type: String) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        _ = try await Self.killedRun(bench, running: 2)
        let ledger = bench.path(".codewhale/fleet.jsonl")
        var lines = try String(contentsOfFile: ledger, encoding: .utf8).split(separator: "\n").map(String.init)
        for index in lines.indices where lines[index].contains("\"type\":\"\(type)") {
            lines[index] = type.isEmpty ? "" : lines[index].replacingOccurrences(of: "\"v\":1", with: "\"v\":3")
        }
        let text = lines.filter { !$0.isEmpty }.map { $0 + "\n" }.joined()
        try text.write(toFile: ledger, atomically: true, encoding: .utf8)
        #expect(bench.processes().filter { $0.contains("sleep 300") }.count == 2)
        let stop = try await bench.run("fleet", "stop", "--all", "--json")
        #expect(stop.code == 0, "\(stop.output)\(stop.diagnostics)")
        #expect(bench.processes() == [])
        let ended = (stop.json["attempts"] as? [[String: Any]] ?? []).compactMap { $0["task_id"] as? String }
        #expect(ended.sorted() == ["t0", "t1"])
    }

    @Test("interrupt reaches what a worker runs, and nothing else")
    func interrupt() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        _ = try await Self.killedRun(bench, running: 3)
        let result = try await bench.run("fleet", "interrupt", "local-2")
        #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
        #expect(bench.processes().filter { $0.contains("sleep 301") }.count == 2)
        #expect(bench.processes().filter { $0.contains("sleep 300") }.count == 2)
        #expect(try await bench.run("fleet", "stop", "--all").code == 0)
        #expect(bench.processes() == [])
    }
}
