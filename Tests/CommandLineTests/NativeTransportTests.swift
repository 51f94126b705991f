import FleetLibSSH2
import Foundation
import TestServers
import Testing

/// What the command line tells of the native transport.
@Suite(
    "Command line: native transport",
    .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine"),
    .timeLimit(.minutes(3))
)
struct NativeTransportTests {
    @Test("workers shows the pool: connections while a manager has them, connects and failures for good")
    func pool() async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        let command = "until [ -e goes-on ]; do sleep 0.05; done"
        let run = try await RemoteRun.begin(bench, ["w": (server.host(["transport": "libssh2"]), command)])
        defer { run.abandon() }
        try await Self.wait(bench) { $0.numbers == ["open": 1, "idle": 0, "channels": 1, "waiting": 0, "connects": 1] }
        #expect(try await Self.pool(bench).failures == [:])
        let shown = try await bench.run("fleet", "workers").output.split(separator: "\n")
            .map { $0.split(separator: " ") }
        #expect(shown.contains(["POOL", "OPEN", "IDLE", "CHANNELS", "WAITING", "CONNECTS", "FAILURES"]))
        #expect(shown.contains(["127.0.0.1:\(server.port)", "1", "0", "1", "0", "1"]))
        // The connection is lost, and another made.
        await server.stop()
        try server.restart()
        try await Self.wait(bench) { $0.failures["lost"] == 1 && $0.numbers["open"] == 1 }
        let before = try await Self.pool(bench)
        #expect((before.numbers["connects"] ?? 0) >= 2)
        // What a manager that was killed had is gone with it, though nobody could say so.
        run.killManager()
        let after = try await Self.pool(bench)
        #expect(after.numbers["open"] == 0 && after.numbers["channels"] == 0)
        #expect(after.numbers["connects"] == before.numbers["connects"] && after.failures == before.failures)
        _ = FileManager.default.createFile(atPath: server.home + "/goes-on", contents: nil)
        #expect(try await bench.run("fleet", "restart", "w", "--json").code == 0)
        let end = try await Self.pool(bench)
        #expect(end.numbers["open"] == 0 && end.failures["lost"] == 1)
        #expect((end.numbers["connects"] ?? 0) > (before.numbers["connects"] ?? 0))
        _ = await server.close()
    }

    @Test("hosts that the native transport never reached have no pool")
    func noPool() async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        let run = try await RemoteRun.begin(bench, ["w": (server.host(), "sleep 1")])
        defer { run.abandon() }
        #expect(try await run.end() == 0)
        #expect(try await Self.health(bench)["pool"] is NSNull)
        #expect(!(try await bench.run("fleet", "workers").output.contains("POOL")))
        _ = await server.close()
    }

    @Test(
        "auto says once for each machine why it takes the system's ssh",
        .enabled(if: !LibSSH2.isModern, "gap: libssh2 1.11 and newer can do what this test asks for")
    )
    func fallback() async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        defer { #expect(bench.close() == []) }
        try await server.authorizeRSA()
        // Two control channels, as the variables differ.
        let host = server.host(["transport": "auto", "identity": server.directory + "/rsa"])
        let run = try await RemoteRun.begin(
            bench,
            ["a": (host, "sleep 1"), "b": (host.merging(["env_allowlist": ["LC_MARK"]]) { $1 }, "sleep 1")]
        )
        defer { run.abandon() }
        #expect(try await run.end() == 0)
        let name = "127.0.0.1:\(server.port)"
        let said = run.said().split(separator: "\n").filter { $0.contains("is reached by the system's ssh") }
        #expect(said.count == 1)
        #expect(said.first?.hasPrefix("warning: \(name) is reached by the system's ssh reason=\(name): ") == true)
        #expect(said.first?.contains("RSA") == true)
        let directory = bench.path(".codewhale/fleet-host")
        let logs = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".log") }
            .map { try String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8) }
        #expect(logs.joined().split(separator: "\n").filter { $0.contains(#""event":"fallback""#) }.count == 1)
        _ = await server.close()
    }

    /// What is told of the only worker's pool.
    private struct Pool {
        var numbers: [String: Int] = [:]
        var failures: [String: Int] = [:]
    }

    private static func health(_ bench: Bench) async throws -> [String: Any] {
        let workers = try await bench.run("fleet", "workers", "--json").json["workers"] as? [[String: Any]]
        return try #require(workers?.first?["health"] as? [String: Any])
    }

    private static func pool(_ bench: Bench) async throws -> Pool {
        guard let told = try await health(bench)["pool"] as? [String: Any] else { return Pool() }
        return Pool(numbers: told.compactMapValues { $0 as? Int }, failures: told["failures"] as? [String: Int] ?? [:])
    }

    private static func wait(_ bench: Bench, until isMet: (Pool) -> Bool) async throws {
        let isSo = try await eventually(seconds: 30) { isMet(try await pool(bench)) }
        let last = try await pool(bench)
        try #require(isSo, "\(last)")
    }
}
