import Foundation
import TestServers
import TestSupport
import Testing

/// A run whose manager was killed is driven to its end by another, here.
@Suite("Command line: resume", .timeLimit(.minutes(3)))
struct ResumeTests {
    /// A spec of counting tasks, tried again at once.
    private static func spec(_ count: Int, _ command: String = NumberedLog.command()) -> [String: Any] {
        [
            "tasks": (0..<count).map { ["id": "t\($0)", "command": command] },
            "defaults": ["retry_policy": ["max_attempts": 3, "initial_backoff_seconds": 0.01]],
        ]
    }

    @Test("what runs is adopted, what ended is collected, what waits is run: every task once, every log whole")
    func adopts() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await RemoteRun.start(bench, Self.spec(9), "--max-workers", "3")
        defer { run.abandon() }
        #expect(try await eventually(seconds: 30) { try run.tasks()["running"] == 3 })
        run.killManager()
        NumberedLog.release("t0", in: bench.workspace)
        #expect(try await eventually { !run.processes().contains { $0.variables.contains("CODEWHALE_TASK_ID=t0") } })
        #expect(try run.tasks()["running"] == 3)
        let next = try await run.resume()
        defer { next.abandon() }
        #expect(try await eventually(seconds: 30) { try run.tasks()["passed"] == 1 && run.tasks()["running"] == 3 })
        NumberedLog.release(in: bench.workspace)
        #expect(try await next.end() == 0, "\(next.said())")
        let tasks = (0..<9).map { "t\($0)" }
        #expect(try NumberedLog.starts(in: bench.workspace) == Dictionary(uniqueKeysWithValues: tasks.map { ($0, 1) }))
        for task in tasks {
            try await NumberedLog.check(task, of: next)
            let attempts = try #require(try await next.task(task)["attempts"] as? [[String: Any]])
            #expect(attempts.map { $0["exit"] as? [String: Int] } == [["code": 0]])
        }
        #expect(try run.records("manager_started").count == 2)
        #expect(try run.records("run_finished").map { $0["status"] as? String } == ["completed"])
        // Shown from then on: nothing of what the first manager showed.
        #expect(!next.said().contains("run_created"))
    }

    @Test("a lease whose start was never sent is given up, and the task run by the next attempt, once")
    func leasedOnly() async throws {
        var bench = try Bench()
        defer { #expect(bench.close() == []) }
        // The first time that the supervisor is started, the manager dies of it, and no start is read.
        bench.executable = bench.path("codewhale")
        try FileManager.default.copyItem(atPath: BuiltProducts.codewhale, toPath: bench.executable)
        let wrapper = """
            #!/bin/sh
            [ -e "${0%/*}/again" ] || { : > "${0%/*}/again"; kill -KILL $PPID; exit 1; }
            exec "\(BuiltProducts.supervisor)" "$@"

            """
        try bench.write(wrapper, to: "codewhale-supervisor")
        chmod(bench.path("codewhale-supervisor"), 0o755)
        // They may be tried once: what never began was no try.
        var spec = Self.spec(2)
        spec["defaults"] = ["retry_policy": ["max_attempts": 1]]
        let run = try await RemoteRun.start(bench, spec, "--max-workers", "2")
        #expect(await run.manager.finish() == .killed(signal: SIGKILL))
        #expect(try run.tasks() == ["leased": 2])
        NumberedLog.release(in: bench.workspace)
        let result = try await bench.run("fleet", "resume", run.id)
        #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
        #expect(result.output.hasPrefix("run \(run.id) goes on: 2 leased\n"))
        #expect(try NumberedLog.starts(in: bench.workspace) == ["t0": 1, "t1": 1])
        for task in ["t0", "t1"] {
            let attempts = try #require(try await run.task(task)["attempts"] as? [[String: Any]])
            #expect(attempts.map { ($0["failure"] as? [String: Any])?["class"] as? String } == ["transport", nil])
            try await NumberedLog.check(task, attempt: 2, of: run)
        }
    }

    @Test("the manager dies while a start is answered, or just after: the attempt is adopted")
    func starting() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let first = """
            while [ ! -s manager.pid ]; do sleep 0.01; done
            [ -e again ] || { : > again; kill -KILL "$(cat manager.pid)"; }
            """
        let spec = Self.spec(2, NumberedLog.command(first: first))
        let run = try await RemoteRun.start(bench, spec, "--max-workers", "1")
        try bench.write("\(run.manager.processIdentifier)\n", to: "manager.pid")
        await run.manager.finish()
        NumberedLog.release(in: bench.workspace)
        let result = try await bench.run("fleet", "resume", run.id)
        #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
        #expect(try NumberedLog.starts(in: bench.workspace) == ["t0": 1, "t1": 1])
        for task in ["t0", "t1"] { try await NumberedLog.check(task, of: run) }
    }

    @Test("managers die one after the other, after every few records: each task is run once", arguments: [2, 3, 5, 8])
    func killedOften(_ step: Int) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        NumberedLog.release(in: bench.workspace)
        var run = try await RemoteRun.start(bench, Self.spec(12), "--max-workers", "3")
        defer { run.abandon() }
        var kills = 0
        while true {
            let known = try run.records().count
            let isOver = try await eventually(seconds: 60) {
                try !run.manager.isRunning || run.records().count >= known + step
            }
            try #require(isOver)
            if !run.manager.isRunning { break }
            run.killManager()
            kills += 1
            if try !run.records("run_finished").isEmpty { break }
            run = try await run.resume()
        }
        #expect(kills > 0)
        let ends = try run.records("run_finished").map { $0["status"] as? String }
        #expect(ends == ["completed"], "\(run.said())")
        #expect(try NumberedLog.starts(in: bench.workspace).values.allSatisfy { $0 == 1 })
        #expect(try NumberedLog.starts(in: bench.workspace).count == 12)
        #expect(try run.tasks() == ["passed": 12])
    }

    @Test("a run that is driven is left to its manager, by its pid; one that is unknown or has ended is told")
    func refused() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await RemoteRun.begin(bench, Self.spec(1), running: 1)
        defer { run.abandon() }
        let busy = try await bench.run("fleet", "resume", run.id, "--json")
        #expect(busy.code == 75 && busy.json["code"] as? String == "busy", "\(busy.output)")
        let sentence = "run \(run.id) is driven by process \(run.manager.processIdentifier)"
        #expect(busy.json["message"] as? String == sentence)
        NumberedLog.release(in: bench.workspace)
        #expect(try await run.end() == 0)
        let ended = try await bench.run("fleet", "resume", run.id)
        #expect(ended.code == 66 && ended.diagnostics.contains("has ended: completed"))
        #expect(ended.diagnostics.contains("codewhale fleet restart WORKER"))
        let unknown = try await bench.run("fleet", "resume", "20260101-000000-ab12")
        #expect(unknown.code == 66 && unknown.diagnostics.contains("there is no run 20260101-000000-ab12"))
    }

    @Test("who fails fast does so after a resume as well; a second Ctrl-C interrupts, and resume says with which code")
    func signals() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let tasks = [["id": "bad", "command": "exit 3"], ["id": "later", "command": "true"]]
        let run = try await RemoteRun.start(
            bench,
            ["tasks": [["id": "long", "command": NumberedLog.command()]] + tasks],
            "--max-workers",
            "1",
            "--fail-fast"
        )
        defer { run.abandon() }
        #expect(try await eventually(seconds: 30) { try run.tasks()["running"] == 1 })
        run.killManager()
        let left = try await run.resume()
        left.manager.signal(SIGINT)
        #expect(try await eventually { left.said().contains("no more tasks are started") })
        left.manager.signal(SIGTERM)
        #expect(try await left.end() == 143)
        #expect(try run.tasks() == ["interrupted": 1, "queued": 2])
        let result = try await bench.run("fleet", "resume", run.id)
        #expect(result.code == 1, "\(result.output)\(result.diagnostics)")
        #expect(try run.tasks() == ["interrupted": 1, "failed": 1, "cancelled": 1])
    }

    @Test("after a reboot of this machine, what ran here is lost by the boot id, and tried again")
    func reboot() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await RemoteRun.begin(bench, Self.spec(1), running: 1)
        defer { run.abandon() }
        run.killManager()
        let program = try #require(run.processes().first { $0.session == $0.pid })
        for pid in [program.parent, program.pid] + run.processes().map(\.pid) { kill(pid, SIGKILL) }
        #expect(try await eventually { run.processes().isEmpty })
        // The record names a process that lives: of an earlier life of the machine it says nothing.
        try RecordForgery.rewriteLife(
            bench.path(".codewhale/fleet-host/state/\(run.id)/t0.1.rec"),
            pid: UInt32(getpid()),
            bootID: "00000000-0000-4000-8000-000000000000"
        )
        NumberedLog.release(in: bench.workspace)
        let result = try await bench.run("fleet", "resume", run.id)
        #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
        let attempts = try #require(try await run.task("t0")["attempts"] as? [[String: Any]])
        #expect(attempts.map { ($0["failure"] as? [String: Any])?["class"] as? String } == ["lost", nil])
        #expect(try NumberedLog.starts(in: bench.workspace) == ["t0": 2])
        try await NumberedLog.check("t0", attempt: 2, of: run)
    }
}
