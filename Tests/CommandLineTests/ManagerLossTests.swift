import Foundation
import TestServers
import Testing

/// `on_manager_loss`: what a host does when it hears of no manager, as seen in its processes.
@Suite("Command line: lost managers", .timeLimit(.minutes(3)))
struct ManagerLossTests {
    /// A spec of tasks with a child that leaves the session, to be stopped after a second without a manager.
    private static func spec(_ worker: [String: Any]?) -> [String: Any] {
        let command = """
            echo "$CODEWHALE_ATTEMPT" >> starts; [ "$CODEWHALE_ATTEMPT" = 1 ] || exit 0
            trap 'echo told; exit 7' TERM; setsid sleep 1000 & sleep 1001 & wait
            """
        var spec: [String: Any] = [
            "on_manager_loss": ["stop_after": 1],
            "tasks": [
                [
                    "id": "t0", "command": command,
                    "retry_policy": ["max_attempts": 2, "initial_backoff_seconds": 0.01],
                ]
            ],
        ]
        if let worker { spec["workers"] = [worker] }
        return spec
    }

    static let places = LoopbackServer.program == nil ? ["local"] : ["local"] + LoopbackServer.transports

    @Test(
        "the processes end by themselves when the manager is dead, not before; a resume tells so, and tries again",
        arguments: places
    )
    func stopAfter(_ place: String) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let server = place == "local" ? nil : try await LoopbackServer()
        let worker = server.map { ["id": "w", "host": $0.host(["transport": place])] as [String: Any] }
        let run = try await RemoteRun.begin(bench, Self.spec(worker), running: 1)
        defer { run.abandon() }
        #expect(try await eventually { run.processes().count >= 3 })
        let program = try #require(run.processes().first { $0.command.hasPrefix("/bin/sh") })
        // Three times as long as a host waits for a manager.
        try await Task.sleep(for: .seconds(3))
        #expect(HostProcess.isAlive(program.pid) && run.processes().count >= 3)
        run.killManager()
        let killed = ContinuousClock.now
        // Whoever looks at the run drives nothing.
        _ = try await bench.run("fleet", "status", run.id, "--refresh")
        #expect(HostProcess.isAlive(program.pid))
        #expect(try await eventually(seconds: 30) { run.processes().isEmpty })
        #expect(killed.duration(to: .now) < .seconds(20))
        let result = try await bench.run("fleet", "resume", run.id)
        #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
        let attempts = try #require(try await run.task("t0")["attempts"] as? [[String: Any]])
        #expect(attempts.map { $0["exit"] as? [String: Int] } == [["code": 7], ["code": 0]])
        let failure = attempts.first?["failure"] as? [String: String]
        #expect(failure?["class"] == "lost")
        #expect(
            failure?["message"] == "ended by its host, which had heard of no manager for 1 s (on_manager_loss)"
        )
        #expect(try await bench.run("fleet", "logs", "\(run.id)/t0", "--attempt", "1").output == "told\n")
        if let server {
            #expect(server.attemptFiles() == [])
            _ = await server.close()
        }
    }

    @Test("a stop_after that is not shorter than lost_after is refused")
    func bounds() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        try bench.write(
            #"{"on_manager_loss": {"stop_after": 60}, "lost_after": 60, "tasks": [{"id": "a", "command": "true"}]}"#,
            to: "spec.json"
        )
        let result = try await bench.run("fleet", "run", "spec.json")
        #expect(result.code == 65 && result.diagnostics.contains("less than lost_after, 60"), "\(result.diagnostics)")
    }
}
