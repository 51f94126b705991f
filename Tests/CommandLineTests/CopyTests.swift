import Foundation
import TestServers
import Testing

/// A workspace that was copied while its run went on, as a backup does it.
@Suite("Command line: a copied workspace", .timeLimit(.minutes(3)))
struct CopyTests {
    private static let waiting = "while [ ! -e go ]; do sleep 0.05; done; echo done"

    /// A run of one task.
    private static func spec(_ command: String) -> [String: Any] { ["tasks": [["id": "t0", "command": command]]] }

    @Test("a look from the copy, and an end from there, leave the original's attempt alone; it passes")
    func looks() async throws {
        let bench = try Bench()
        let run = try await RemoteRun.begin(bench, Self.spec(Self.waiting), running: 1)
        defer { run.abandon() }
        let copy = try await Bench(copying: bench)
        defer { #expect(copy.close() == [] && bench.close() == []) }
        let orphans = try await copy.run("fleet", "orphans")
        #expect(orphans.code == 0, "\(orphans.output)\(orphans.diagnostics)")
        let status = try await copy.run("fleet", "status", run.id, "--refresh", "--json")
        #expect(status.code == 0, "\(status.output)\(status.diagnostics)")
        let reaped = try await copy.run("fleet", "orphans", "--reap", "--json")
        #expect(reaped.code == 0, "\(reaped.output)\(reaped.diagnostics)")
        let stopped = try await copy.run("fleet", "stop", run.id)
        #expect(stopped.code == 1, "\(stopped.output)\(stopped.diagnostics)")
        #expect(run.manager.isRunning && !run.processes().isEmpty)
        try bench.write("", to: "go")
        #expect(try await run.end() == 0)
        #expect(try run.tasks() == ["passed": 1])
    }

    @Test(
        "from a copy nothing is reaped that the original began since on a builder",
        .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine")
    )
    func builders() async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        #expect(try await bench.run("fleet", "init").code == 0)
        let copy = try await Bench(copying: bench)
        defer { #expect(copy.close() == [] && bench.close() == []) }
        let worker = ["id": "w", "host": server.host(["transport": "libssh2"])] as [String: Any]
        var spec = Self.spec("while [ ! -e \(server.home)/go ]; do sleep 0.05; done")
        spec["workers"] = [worker]
        let run = try await RemoteRun.begin(bench, spec, running: 1)
        defer { run.abandon() }
        let text = try JSONSerialization.data(withJSONObject: [worker])
        try copy.write(String(decoding: text, as: UTF8.self), to: "workers.json")
        for more in [[], ["--reap"], ["--reap", "--foreign"]] {
            let result = try await copy.run(["fleet", "orphans", "--workers", "workers.json", "--json"] + more)
            #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
            let orphans = (result.json["hosts"] as? [[String: Any]] ?? [])
                .flatMap { $0["orphans"] as? [[String: Any]] ?? [] }
            #expect(orphans.map { $0["cause"] as? String } == ["unknown_run"])
            #expect(orphans.map { $0["result"] as? String } == ["owned"])
        }
        let words = try await copy.run("fleet", "orphans", "--workers", "workers.json")
        #expect(words.output.contains("a manager renews the workspace's lease there"), "\(words.output)")
        #expect(run.manager.isRunning && !run.processes().isEmpty)
        try "".write(toFile: server.home + "/go", atomically: true, encoding: .utf8)
        #expect(try await run.end() == 0)
        unlink(server.home + "/go")
        _ = await server.close()
    }
}

extension Bench {
    /// A copy of another's directory, as `cp -a` makes it.
    init(copying other: Bench) async throws {
        workspace = other.workspace + "-copy"
        try await Command.run(["cp", "-a", other.workspace, workspace])
    }
}
