import Foundation
import TestServers
import Testing

/// `fleet orphans`: what attempts left, and nobody owns.
@Suite("Command line: orphans", .timeLimit(.minutes(3)))
struct OrphanTests {
    static let places = LoopbackServer.program == nil ? ["local"] : ["local"] + LoopbackServer.transports

    private static func spec(_ worker: [String: Any]?, lostAfter: Double = 300) -> [String: Any] {
        let command = "trap '' TERM; setsid sleep 1000 & sleep 1001"
        var spec: [String: Any] = ["lost_after": lostAfter, "tasks": [["id": "t0", "command": command]]]
        if let worker { spec["workers"] = [worker] }
        return spec
    }

    private static func orphans(_ result: Bench.Result) -> [[String: Any]] {
        (result.json["hosts"] as? [[String: Any]] ?? []).flatMap { $0["orphans"] as? [[String: Any]] ?? [] }
    }

    @Test(
        "what the lost ledger knew is found by the supervisor's directories, and reaped, whole trees",
        arguments: places
    )
    func lostLedger(_ place: String) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let server = place == "local" ? nil : try await LoopbackServer()
        let worker = server.map { ["id": "w", "host": $0.host(["transport": place])] as [String: Any] }
        let run = try await RemoteRun.begin(bench, Self.spec(worker, lostAfter: 2), running: 1)
        defer { run.abandon() }
        #expect(try await eventually { run.processes().count == 3 })
        var words = ["--json"]
        if let worker {
            let text = try JSONSerialization.data(withJSONObject: [worker])
            try bench.write(String(decoding: text, as: UTF8.self), to: "workers.json")
            words += ["--workers", "workers.json"]
        }
        func look(_ more: String...) async throws -> Bench.Result {
            try await bench.run(["fleet", "orphans"] + words + more)
        }
        // A run that goes on owns what it started, with a manager and without.
        #expect(try await Self.orphans(look("--reap")).isEmpty)
        run.killManager()
        #expect(try await Self.orphans(look("--reap")).isEmpty)
        #expect(run.processes().count == 3)
        // Nobody knows of it any more.
        for name in ["fleet.jsonl", "fleet/snapshot", "fleet/\(run.id)"] {
            try? FileManager.default.removeItem(atPath: bench.path(".codewhale/\(name)"))
        }
        #expect(try await bench.run("fleet", "init").code == 0)
        // On a builder it counts as a manager's until the lease of the last one has run out.
        let hasRunOut = try await eventually(seconds: 30) {
            try await Self.orphans(look()).map { $0["result"] as? String } == ["found"]
        }
        #expect(hasRunOut)
        let found = try await look()
        #expect(found.code == 0, "\(found.output)\(found.diagnostics)")
        let orphan = try #require(Self.orphans(found).first)
        #expect(orphan["run_id"] as? String == run.id && orphan["task_id"] as? String == "t0")
        #expect(orphan["state"] as? String == "running" && orphan["own"] as? Bool == true)
        #expect(orphan["cause"] as? String == "unknown_run" && orphan["result"] as? String == "found")
        #expect(run.processes().count == 3)
        let reaped = try await look("--reap")
        #expect(reaped.code == 0 && reaped.json["confirmed"] as? Bool == true, "\(reaped.output)")
        #expect(Self.orphans(reaped).map { $0["result"] as? String } == ["stopped"])
        #expect(run.processes().isEmpty)
        #expect(try await Self.orphans(look()).isEmpty)
        if let server {
            #expect(server.attemptFiles() == [])
            _ = await server.close()
        }
    }

    @Test(
        "another workspace's are left while its manager lives, and reaped when its lease has run out and one says so",
        .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine"),
        arguments: LoopbackServer.transports
    )
    func foreign(_ transport: String) async throws {
        let (server, bench, other) = (try await LoopbackServer(), try Bench(), try Bench())
        defer { #expect(bench.close() == [] && other.close() == []) }
        let worker = ["id": "w", "host": server.host(["transport": transport])] as [String: Any]
        let run = try await RemoteRun.begin(bench, Self.spec(worker, lostAfter: 2), running: 1)
        defer { run.abandon() }
        #expect(try await eventually { run.processes().count == 3 })
        let text = try JSONSerialization.data(withJSONObject: [worker])
        try other.write(String(decoding: text, as: UTF8.self), to: "workers.json")
        #expect(try await other.run("fleet", "init").code == 0)
        func look(_ more: String...) async throws -> Bench.Result {
            try await other.run(["fleet", "orphans", "--workers", "workers.json", "--json"] + more)
        }
        // Longer than the lease is valid: it is renewed.
        try await Task.sleep(for: .seconds(3))
        let alive = try await look("--reap", "--foreign")
        #expect(alive.code == 0 && Self.orphans(alive).isEmpty, "\(alive.output)\(alive.diagnostics)")
        #expect((alive.json["hosts"] as? [[String: Any]])?.first?["others_running"] as? Int == 1)
        #expect(run.processes().count == 3)
        run.killManager()
        #expect(try await eventually(seconds: 30) { try await !Self.orphans(look()).isEmpty })
        let left = try await look("--reap")
        #expect(left.code == 0 && Self.orphans(left).map { $0["result"] as? String } == ["left"], "\(left.output)")
        #expect(Self.orphans(left).first?["cause"] as? String == "lease_over")
        #expect(run.processes().count == 3)
        let reaped = try await look("--reap", "--foreign")
        #expect(reaped.code == 0, "\(reaped.output)\(reaped.diagnostics)")
        #expect(Self.orphans(reaped).map { $0["result"] as? String } == ["stopped"])
        #expect(run.processes().isEmpty && server.attemptFiles() == [])
        _ = await server.close()
    }

    @Test("what a live manager drives is left, though the ledger has lost the record of it, and reaped when it is gone")
    func driven() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await RemoteRun.begin(bench, Self.spec(nil), running: 1)
        defer { run.abandon() }
        #expect(try await eventually { run.processes().count == 3 })
        // In its place, so that the manager goes on with the file that it has open.
        let ledger = try FileHandle(forUpdating: URL(fileURLWithPath: bench.path(".codewhale/fleet.jsonl")))
        let place = try #require(try ledger.readToEnd()?.range(of: Data("task_leased".utf8)))
        try ledger.seek(toOffset: UInt64(place.lowerBound))
        try ledger.write(contentsOf: Data("T".utf8))
        try ledger.close()
        for more in [[], ["--reap"]] {
            let result = try await bench.run(["fleet", "orphans", "--json"] + more)
            #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
            #expect(Self.orphans(result).map { $0["cause"] as? String } == ["unknown_attempt"])
            #expect(Self.orphans(result).map { $0["result"] as? String } == ["driven"])
            #expect(run.processes().count == 3 && run.manager.isRunning)
        }
        run.killManager()
        let reaped = try await bench.run("fleet", "orphans", "--json", "--reap")
        #expect(Self.orphans(reaped).map { $0["result"] as? String } == ["stopped"], "\(reaped.output)")
        #expect(run.processes().isEmpty)
    }

    @Test("a run whose spec cannot be read is told, with 69: nobody has looked at its hosts")
    func unreadable() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let host =
            [
                "kind": "ssh", "host": "127.0.0.1", "port": 9, "working_directory": "/",
                "codewhale_binary": "/bin/true",
            ] as [String: Any]
        let spec =
            ["tasks": [["id": "t0", "command": "true"]], "workers": [["id": "w", "host": host]]] as [String: Any]
        let run = try await RemoteRun.start(bench, spec)
        run.killManager()
        try FileManager.default.removeItem(atPath: bench.path(".codewhale/fleet/\(run.id)/spec.json"))
        let result = try await bench.run("fleet", "orphans", "--json")
        #expect(result.code == 69 && result.json["unreadable_runs"] as? [String] == [run.id], "\(result.output)")
        #expect(result.json["confirmed"] as? Bool == false)
        let words = try await bench.run("fleet", "orphans")
        #expect(words.code == 69 && words.output.contains("run \(run.id) cannot be read"), "\(words.output)")
    }

    @Test("a host that cannot be reached is told, with 69; people read a sentence where nothing is left")
    func unreachable() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        #expect(try await bench.run("fleet", "init").code == 0)
        let nothing = try await bench.run("fleet", "orphans")
        #expect(nothing.code == 0 && nothing.output == "1 host: nothing is left\n", "\(nothing.output)")
        try bench.write(
            """
            [{"id": "w", "host": {"kind": "ssh", "host": "127.0.0.1", "port": 9, "working_directory": "/",
              "codewhale_binary": "/bin/true", "connect_timeout_seconds": 2}}]
            """,
            to: "workers.json"
        )
        let result = try await bench.run("fleet", "orphans", "--workers", "workers.json")
        #expect(result.code == 69 && result.output.hasPrefix("127.0.0.1:9: "), "\(result.output)")
    }
}
