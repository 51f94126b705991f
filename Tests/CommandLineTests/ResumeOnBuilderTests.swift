import Foundation
import TestServers
import Testing

/// A run whose manager was killed is driven to its end by another, on builders behind ssh.
@Suite(
    "Command line: resume on builders",
    .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine"),
    .timeLimit(.minutes(3))
)
struct ResumeOnBuilderTests {
    /// A spec of counting tasks on one builder with so many slots.
    private static func spec(_ count: Int, _ host: [String: Any], slots: Int) -> [String: Any] {
        [
            "tasks": (0..<count).map { ["id": "t\($0)", "command": NumberedLog.command()] },
            "workers": [["id": "w", "host": host, "max_concurrent_tasks": slots] as [String: Any]],
            "defaults": ["retry_policy": ["max_attempts": 3, "initial_backoff_seconds": 0.01]],
        ]
    }

    @Test(
        "what runs is adopted with the same log, what ended is collected, also over the other transport",
        arguments: LoopbackServer.transports,
        LoopbackServer.transports
    )
    func adopts(_ transport: String, _ next: String) async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        let spec = Self.spec(6, server.host(["transport": transport]), slots: 3)
        let run = try await RemoteRun.begin(bench, spec, running: 3)
        defer { run.abandon() }
        // Some of the logs is here already when the manager dies.
        let log = bench.path(".codewhale/fleet/\(run.id)/logs/t1.1.log")
        #expect(try await eventually(seconds: 30) { FileManager.default.contents(atPath: log)?.isEmpty == false })
        run.killManager()
        NumberedLog.release("t0", in: server.home)
        #expect(try await eventually { !run.processes().contains { $0.variables.contains("CODEWHALE_TASK_ID=t0") } })
        let resumed = try await run.resume("--transport", next)
        defer { resumed.abandon() }
        #expect(try await eventually(seconds: 30) { try run.tasks()["passed"] == 1 && run.tasks()["running"] == 3 })
        NumberedLog.release(in: server.home)
        #expect(try await resumed.end() == 0, "\(resumed.said())")
        for task in (0..<6).map({ "t\($0)" }) {
            try await NumberedLog.check(task, of: resumed)
            let attempts = try #require(try await run.task(task)["attempts"] as? [[String: Any]])
            #expect(attempts.map { $0["exit"] as? [String: Int] } == [["code": 0]])
        }
        #expect(try NumberedLog.starts(in: server.home).values.allSatisfy { $0 == 1 })
        #expect(server.attemptFiles() == [])
        _ = await server.close()
    }

    @Test("a stop that could not reach the builder is carried out by a resume", arguments: LoopbackServer.transports)
    func pendingStop(_ transport: String) async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        let spec = Self.spec(3, server.host(["transport": transport]), slots: 2)
        let run = try await RemoteRun.begin(bench, spec, running: 2)
        defer { run.abandon() }
        run.killManager()
        await server.stop()
        let stop = try await bench.run("fleet", "stop", "w", "--json")
        #expect(stop.code == 1 && run.processes().count >= 2, "\(stop.output)\(stop.diagnostics)")
        try server.restart()
        let resumed = try await run.resume()
        defer { resumed.abandon() }
        // What waited is not stopped with the worker: it is run.
        #expect(try await eventually(seconds: 30) { try run.tasks()["cancelled"] == 2 && run.tasks()["running"] == 1 })
        NumberedLog.release(in: server.home)
        #expect(try await resumed.end() == 1, "\(resumed.said())")
        #expect(try run.tasks() == ["cancelled": 2, "passed": 1])
        #expect(server.attemptFiles() == [])
        _ = await server.close()
    }

    @Test(
        "after a reboot of the builder its attempt is lost by the boot id, and tried again",
        arguments: [
            "the manager lives", "the manager is gone",
        ]
    )
    func reboot(_ state: String) async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        var run = try await RemoteRun.begin(bench, Self.spec(1, server.host(), slots: 1), running: 1)
        defer { run.abandon() }
        let isDriven = state == "the manager lives"
        if !isDriven { run.killManager() }
        await server.stop()
        let program = try #require(run.processes().first { $0.session == $0.pid })
        for pid in [program.parent] + run.processes().map(\.pid) { kill(pid, SIGKILL) }
        #expect(try await eventually { run.processes().isEmpty })
        let record = try #require(server.attemptFiles().first { $0.hasSuffix("t0.1.rec") })
        try RecordForgery.rewriteLife(
            "\(server.home)/\(record)",
            pid: UInt32(getpid()),
            bootID: "00000000-0000-4000-8000-000000000000"
        )
        NumberedLog.release(in: server.home)
        try server.restart()
        if !isDriven { run = try await run.resume() }
        #expect(try await run.end() == 0, "\(run.said())")
        let attempts = try #require(try await run.task("t0")["attempts"] as? [[String: Any]])
        #expect(attempts.map { ($0["failure"] as? [String: Any])?["class"] as? String } == ["lost", nil])
        try await NumberedLog.check("t0", attempt: 2, of: run)
        #expect(server.attemptFiles() == [])
        _ = await server.close()
    }
}
