import Foundation
import TestServers
import Testing

/// Runs on builders behind ssh: OpenSSH servers of the test's own.
@Suite(
    "Command line: builders",
    .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine"),
    .timeLimit(.minutes(3))
)
struct BuilderTests {
    @Test("an end on a builder that is away is told as unreachable, stands, and is carried out when it is back")
    func away() async throws {
        let (refusing, silent, bench) = (try await LoopbackServer(), try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        var ends: [(verb: String, worker: String, server: LoopbackServer)] = []
        var tasks: [String: (host: [String: Any], command: Any)] = [:]
        for verb in ["stop", "interrupt"] {
            for (name, server) in [("refusing", refusing), ("silent", silent)] {
                for transport in LoopbackServer.transports {
                    let worker = "\(verb)-\(name)-\(transport)"
                    ends.append((verb, worker, server))
                    tasks[worker] = (server.host(["transport": transport]), ["sleep", "1000"])
                }
            }
        }
        let run = try await RemoteRun.begin(bench, tasks)
        defer { run.abandon() }
        await refusing.stop()
        silent.silence()
        // Each waits for its confirmation as long as it may.
        let told = try await withThrowingTaskGroup(of: (String, Bench.Result).self) { group in
            for (verb, worker, _) in ends {
                group.addTask { (worker, try await bench.run("fleet", verb, worker, "--json")) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (_, worker, _) in ends {
            let result = try #require(told[worker])
            #expect(result.code == 1, "\(result.output)\(result.diagnostics)")
            #expect(result.json["confirmed"] as? Bool == false)
            let attempts = try #require(result.json["attempts"] as? [[String: Any]])
            #expect(attempts.map { $0["task_id"] as? String } == [worker])
            #expect(attempts.map { $0["result"] as? String } == ["unreachable"])
            // Nothing is done, and nothing is recorded as done.
            #expect(try await run.task(worker)["status"] as? String == "running")
        }
        #expect(run.processes().count == ends.count)
        #expect(
            try Set(run.records("end_requested").compactMap { $0["worker_id"] as? String }) == Set(ends.map(\.worker))
        )
        // Where the manager itself knows, it has written so, once.
        let confirmed = try run.records("end_confirmed")
        #expect(confirmed.allSatisfy { $0["result"] as? String == "unreachable" })
        #expect(Set(confirmed.compactMap { $0["task_id"] as? String }).count == confirmed.count)
        silent.speak()
        try refusing.restart()
        #expect(try await run.end() == 1)
        #expect(run.processes().isEmpty)
        for (verb, worker, server) in ends {
            let task = try await run.task(worker)
            #expect(task["status"] as? String == (verb == "stop" ? "cancelled" : "interrupted"))
            #expect((task["attempts"] as? [Any])?.count == 1)
            let attempt = try #require((task["attempts"] as? [[String: Any]])?.first)
            #expect(attempt["outcome"] as? String == (verb == "stop" ? "cancelled" : "interrupted"))
            #expect(attempt["exit"] as? [String: Int] == ["signal": Int(verb == "stop" ? SIGTERM : SIGINT)])
            #expect(server.attemptFiles() == [])
        }
        for server in [refusing, silent] { _ = await server.close() }
    }

    @Test(
        "restart begins a new attempt once the one before has ended, and each has its own log",
        arguments: ["the manager lives", "the manager is gone"],
        LoopbackServer.transports
    )
    func restart(_ state: String, transport: String) async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        // Whatever is left of an attempt holds the lock; the first one takes its time to end.
        let command = """
            exec 9> held; flock -n 9 || { echo two at once; exit 9; }
            echo "attempt $CODEWHALE_ATTEMPT"; [ "$CODEWHALE_ATTEMPT" = 1 ] || exit 0
            trap 'sleep 1; echo ended; exit 3' TERM; sleep 1000 & wait
            """
        let run = try await RemoteRun.begin(bench, ["w": (server.host(["transport": transport]), command)])
        defer { run.abandon() }
        let isDriven = state == "the manager lives"
        if !isDriven { run.killManager() }
        let result = try await bench.run("fleet", "restart", "w", "--json")
        #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
        if isDriven { #expect(try await run.end() == 0) }
        let attempts = try #require(try await run.task("w")["attempts"] as? [[String: Any]])
        #expect(attempts.map { $0["attempt"] as? Int } == [1, 2])
        #expect(attempts.map { $0["exit"] as? [String: Int] } == [["code": 3], ["code": 0]])
        for (number, log) in [("1", "attempt 1\nended\n"), ("2", "attempt 2\n")] {
            #expect(try await bench.run("fleet", "logs", "\(run.id)/w", "--attempt", number).output == log)
        }
        let ended = try run.records("attempt_finished").map { $0["seq"] as? Int ?? 0 }
        let leased = try run.records("task_leased").map { $0["seq"] as? Int ?? 0 }
        #expect(ended.count == 2 && leased.count == 2 && ended[0] < leased[1])
        #expect(server.attemptFiles() == [])
        _ = await server.close()
    }
}
