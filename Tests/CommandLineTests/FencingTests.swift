import Foundation
import TestServers
import Testing

/// What was given up on a builder runs no more, and counts for nothing.
@Suite(
    "Command line: fencing",
    .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine"),
    .timeLimit(.minutes(3))
)
struct FencingTests {
    private static func builder(_ id: String, _ host: [String: Any]) -> [String: Any] {
        ["id": id, "host": host, "capabilities": ["builder"]]
    }

    @Test(
        "a start that is still under way when its key is given up is refused when it arrives",
        arguments: LoopbackServer.transports
    )
    func lateStart(_ transport: String) async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        let spec: [String: Any] = [
            "workers": [
                Self.builder("w", server.host(["transport": transport])),
                ["id": "here", "host": ["kind": "local"], "capabilities": ["here"]],
            ],
            "tasks": [
                ["id": "first", "command": "true", "requires": ["builder"]],
                [
                    "id": "gate", "command": "while [ ! -e release ]; do sleep 0.01; done", "requires": ["here"],
                    "depends_on": ["first"],
                ],
                [
                    "id": "late", "command": "echo \"$CODEWHALE_ATTEMPT\" >> starts", "requires": ["builder"],
                    "depends_on": ["gate"],
                ],
            ],
        ]
        let run = try await RemoteRun.start(bench, spec)
        defer { run.abandon() }
        let isReady = try await eventually(seconds: 30) {
            try run.tasks()["passed"] == 1 && run.tasks()["running"] == 1
        }
        #expect(isReady, "\(run.said())")
        // The sessions that there are say nothing from now on, and read nothing; others may be opened.
        let sessions = server.processes().filter { $0 != server.pid }
        for session in sessions { kill(session, SIGSTOP) }
        NumberedLog.release(in: bench.workspace)
        #expect(try await eventually(seconds: 30) { try run.tasks()["leased"] == 1 })
        // The start is on its way: the session has bytes that it does not read.
        let isSent = try await eventually(seconds: 5) { try await Self.hasUnread(port: server.port) }
        #expect(isSent)
        run.killManager()
        let resumed = try await bench.run("fleet", "resume", run.id)
        #expect(resumed.code == 0, "\(resumed.output)\(resumed.diagnostics)")
        #expect(try String(contentsOfFile: server.home + "/starts", encoding: .utf8) == "2\n")
        for session in sessions { kill(session, SIGCONT) }
        #expect(try await eventually(seconds: 30) { server.processes().filter { $0 != server.pid }.isEmpty })
        let isGone = try await eventually(seconds: 100) { Self.supervisors(server).isEmpty }
        #expect(isGone, "left: \(Self.supervisors(server).map(\.details))")
        #expect(try String(contentsOfFile: server.home + "/starts", encoding: .utf8) == "2\n")
        let attempts = try #require(try await run.task("late")["attempts"] as? [[String: Any]])
        #expect(attempts.map { ($0["failure"] as? [String: Any])?["class"] as? String } == ["transport", nil])
        #expect(server.attemptFiles() == [])
        _ = await server.close()
    }

    /// Whether a connection to a port has bytes that nobody reads (`proc_net_tcp(5)`).
    private static func hasUnread(port: Int) async throws -> Bool {
        // Foundation reads one page of such a file.
        let table = try await Command.run(["cat", "/proc/net/tcp"]).text
        let suffix = ":" + String(format: "%04X", port)
        return table.split(separator: "\n")
            .contains { line in
                let fields = line.split(separator: " ")
                guard fields.count > 4, fields[1].hasSuffix(suffix) else { return false }
                return fields[4].split(separator: ":").last.map { $0 != "00000000" } ?? false
            }
    }

    private static func supervisors(_ server: LoopbackServer) -> [HostProcess] {
        HostProcess.all()
            .filter { $0.command.contains("attach --workspace") && $0.variables.contains("HOME=\(server.home)") }
    }

    @Test(
        "what was given up is stopped at the next contact, or its late result is recorded; neither is applied",
        arguments: ["it runs still", "it has ended"],
        LoopbackServer.transports
    )
    func lateResult(_ state: String, transport: String) async throws {
        let (away, other, bench) = (try await LoopbackServer(), try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        let runsStill = state == "it runs still"
        let command = """
            echo "$CODEWHALE_ATTEMPT" >> starts; [ "$CODEWHALE_ATTEMPT" = 1 ] || exit 0
            while [ ! -e release-t ]; do sleep 0.01; done; exit 5
            """
        let spec: [String: Any] = [
            "lost_after": 1,
            "workers": [
                Self.builder("away", away.host(["transport": transport, "connect_timeout_seconds": 2])),
                Self.builder("other", other.host(["transport": transport, "connect_timeout_seconds": 2])),
                ["id": "here", "host": ["kind": "local"], "capabilities": ["here"]],
            ],
            "tasks": [
                [
                    "id": "t", "command": command, "retry_policy": ["initial_backoff_seconds": 0.01],
                    "requires": ["builder"],
                ],
                ["id": "gate", "command": "while [ ! -e release ]; do sleep 0.01; done", "requires": ["here"]],
            ],
        ]
        let run = try await RemoteRun.begin(bench, spec, running: 2)
        defer { run.abandon() }
        let holder = try #require(try run.records("attempt_started").first { $0["task_id"] as? String == "t" })
        let (first, second) = holder["worker_id"] as? String == "away" ? (away, other) : (other, away)
        await first.stop()
        #expect(try await eventually(seconds: 60) { try run.tasks()["passed"] == 1 }, "\(run.said())")
        #expect(try String(contentsOfFile: second.home + "/starts", encoding: .utf8) == "2\n")
        func alive() -> Bool { run.processes().contains { $0.variables.contains("CODEWHALE_TASK_ID=t") } }
        #expect(alive())
        if !runsStill {
            NumberedLog.release("t", in: first.home)
            #expect(try await eventually { !alive() })
        }
        try first.restart()
        let isRecorded = try await eventually(seconds: 60) { try !run.records("end_confirmed").isEmpty }
        #expect(isRecorded && !alive(), "\(run.said())")
        NumberedLog.release(in: bench.workspace)
        #expect(try await run.end() == 0, "\(run.said())")
        let task = try await run.task("t")
        #expect(task["status"] as? String == "passed")
        let attempts = try #require(task["attempts"] as? [[String: Any]])
        #expect(attempts.map { $0["outcome"] as? String } == ["failed", "passed"])
        #expect((attempts[0]["failure"] as? [String: Any])?["class"] as? String == "lost")
        let late = try #require(attempts[0]["late_end"] as? [String: Any])
        #expect(late["result"] as? String == (runsStill ? "stopped" : "already_exited"))
        #expect(late["exit"] as? [String: Int] == (runsStill ? ["signal": 15] : ["code": 5]))
        #expect(first.attemptFiles() == [] && second.attemptFiles() == [])
        for server in [away, other] { _ = await server.close() }
    }

    @Test(
        "what a run gave up before it ended is stopped by the next run that comes to its host",
        arguments: LoopbackServer.transports
    )
    func endedRun(_ transport: String) async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        let host = server.host(["transport": transport, "connect_timeout_seconds": 2])
        let run = try await RemoteRun.begin(
            bench,
            [
                "lost_after": 1, "workers": [["id": "w", "host": host]],
                "tasks": [["id": "t", "command": "sleep 1000", "retry_policy": ["max_attempts": 1]]],
            ],
            running: 1
        )
        defer { run.abandon() }
        await server.stop()
        #expect(try await run.end() == 1)
        #expect(try run.tasks() == ["failed": 1])
        #expect(!run.processes().isEmpty)
        try server.restart()
        let next = try await RemoteRun.start(
            bench,
            ["workers": [["id": "w", "host": host]], "tasks": [["id": "t", "command": NumberedLog.command()]]]
        )
        defer { next.abandon() }
        #expect(try await eventually(seconds: 30) { run.processes().isEmpty }, "\(next.said())")
        NumberedLog.release(in: server.home)
        #expect(try await next.end() == 0)
        #expect(server.attemptFiles() == [])
        _ = await server.close()
    }
}
