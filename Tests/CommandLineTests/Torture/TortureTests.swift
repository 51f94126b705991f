import Foundation
import TestServers
import TestSupport
import Testing

/// Runs that come to their end whatever is done to their managers and builders, and ledgers that tell the truth of it.
///
/// `CODEWHALE_TEST_TORTURE=10` repeats them; the seed of each is printed, and `CODEWHALE_TEST_SEED` takes it again.
@Suite(
    "Command line: torture",
    .enabled(if: TestServers.fault == nil, "gap: torture needs containers (\(TestServers.fault ?? ""))"),
    .serialized
)
struct TortureTests {
    private static let rounds = Int(ProcessInfo.processInfo.environment["CODEWHALE_TEST_TORTURE"] ?? "") ?? 1
    /// One server for each, so that a fault of one leaves the others alone.
    private static let names = ["torture-1", "torture-2", "torture-3"]

    @Test(
        "60 tasks on this machine and three builders, with managers killed and builders cut off, paused and full disks",
        .timeLimit(.minutes(5)),
        arguments: 1...max(1, rounds),
        // Silence never gives an attempt up, or may.
        [300.0, 2]
    )
    func torture(round: Int, lostAfter: Double) async throws {
        let seed = Selection.seed &+ UInt64(round - 1)
        var generator = SeededGenerator(seed: seed)
        let bench = try Bench()
        let isOwnDisk = try TortureDisk.mount(on: bench)
        defer { if isOwnDisk { TortureDisk.unmount(from: bench) } }
        let (hosts, spec, tasks) = try await Self.place(
            on: bench,
            tasks: 60,
            lines: 20,
            servers: Self.names,
            lostAfter: lostAfter
        )
        try bench.write(spec, to: "spec.json")
        let faults = TortureFaults(hosts.compactMap(\.server), seed: seed, longest: lostAfter < 10 ? 4 : 1.5)
        let chaos = Task { await faults.run() }
        defer { chaos.cancel() }
        var torture = Torture(bench, hosts, lostAfter: lostAfter)
        var code: Int32?
        var lives = 0
        while code != 0, lives < 24 {
            var life = Torture.Life(seconds: Double.random(in: 0.1...(lostAfter < 10 ? 9 : 3), using: &generator))
            switch lives % 4 {
            case 1:
                let death = Torture.Death.allCases.randomElement(using: &generator) ?? .half
                life = Torture.Life(death: (Int.random(in: 1...30, using: &generator), death))
            case 3 where isOwnDisk:
                let isLater = lives % 8 == 7
                life.fullDisk =
                    isLater
                    ? (.random(in: 0.2...1.5, using: &generator), .random(in: 0.2...1, using: &generator)) : (0, 600)
            default: break
            }
            code = try await torture.live(life)
            // It may have died just after it had written how the run ended.
            if code == 66, torture.said().contains("has ended: completed") { code = 0 }
            lives += 1
        }
        chaos.cancel()
        await chaos.value
        // Undisturbed, it comes to its end.
        if code != 0 { code = try await torture.live(Torture.Life()) }
        #expect(code == 0, "seed \(seed): \(torture.said())")
        let differences = try torture.differences(of: tasks)
        #expect(differences == [], "seed \(seed)")
        #expect(try await torture.damagedLogs(of: tasks, lines: 20) == [], "seed \(seed)")
        let troubles = await faults.troubles
        #expect(troubles == [])
        let silences = try torture.silences()
        #expect(lostAfter < 10 || silences == 0)
        let counts = await faults.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let starts = hosts.flatMap { $0.lives() }.count
        print(
            "torture, seed \(seed), lost after \(lostAfter) s: 60 tasks, \(torture.kills) managers killed, \(torture.deaths) died at a write, "
                + "\(torture.fullDisks) with a full disk, \(torture.resumes) resumes; \(counts.joined(separator: ", ")); "
                + "\(starts) starts on the hosts, \(silences) attempts given up, "
                + "\(differences.count) differences from the ledger"
        )
        try await Self.finish(bench, hosts)
    }

    @Test(
        "a manager that dies at any of its writes to the ledger leaves a run that another brings to its end",
        .timeLimit(.minutes(10))
    )
    func everyWrite() async throws {
        let isThorough = ProcessInfo.processInfo.environment["CODEWHALE_TEST_THOROUGH"] != nil
        for only in isThorough ? Torture.Death.allCases.map(Optional.some) : [nil] {
            var write = 1
            while true {
                let death = only ?? (write.isMultiple(of: 3) ? .half : .after)
                let bench = try Bench()
                let (hosts, spec, tasks) = try await Self.place(on: bench, tasks: 4, lines: 4, servers: ["torture-1"])
                try bench.write(spec, to: "spec.json")
                var torture = Torture(bench, hosts)
                // Beyond the last write of them all it does not die any more.
                let isOver = try await torture.live(Torture.Life(death: (write, death))) != nil
                if !isOver {
                    let code = try await torture.live(Torture.Life())
                    // Where the run's last record was written already, there is nothing left to resume.
                    #expect(code == 0 || code == 66, "write \(write), \(death): \(torture.said())")
                }
                #expect(try torture.differences(of: tasks) == [], "write \(write), \(death)")
                #expect(try await torture.damagedLogs(of: tasks, lines: 4) == [], "write \(write), \(death)")
                try await Self.finish(bench, hosts)
                if isOver { break }
                write += 1
            }
            print(
                "torture: a manager died at each of its \(write - 1) writes, \(only?.rawValue ?? "after it or at half of it")"
            )
            #expect(write > 4)
        }
    }

    /// The hosts, a spec of tasks that any of their workers may run, and the tasks' names.
    private static func place(
        on bench: Bench,
        tasks count: Int,
        lines: Int,
        servers names: [String],
        lostAfter: Double = 300
    ) async throws -> (hosts: [TortureHost], spec: String, tasks: [String]) {
        var hosts = [TortureHost(server: nil, marks: bench.path("marks"))]
        var workers: [[String: Any]] = [["id": "here", "host": ["kind": "local"], "max_concurrent_tasks": 2]]
        let keys = try await TestKeys.shared.value
        for name in names {
            let server = try await TestServers.shared.server(.openssh, TestServer.Settings(name: name))
            let known = try PrivateDirectory.make("known") + "/hosts"
            try await server.knownHosts().write(toFile: known, atomically: true, encoding: .utf8)
            hosts.append(TortureHost(server: server, marks: "\(server.root)/srv/codewhale/work/marks"))
            for transport in ["system", "libssh2"] {
                let host: [String: Any] = [
                    "kind": "ssh", "host": server.address, "user": "codewhale", "identity": keys.file("ed25519"),
                    "known_hosts": known, "working_directory": "/srv/codewhale/work",
                    "codewhale_binary": "/bin/true", "transport": transport, "connect_timeout_seconds": 5,
                ]
                workers.append(["id": "\(name)-\(transport)", "host": host, "max_concurrent_tasks": 2])
            }
        }
        for host in hosts { host.clear() }
        let names = (0..<count).map { "t\($0)" }
        // A full disk is told before anything runs, and is a fault of configuration.
        let policy: [String: Any] = [
            "max_attempts": 50, "initial_backoff_seconds": 0.1, "max_backoff_seconds": 0.5,
            "on": ["transport", "lost", "configuration"],
        ]
        let spec: [String: Any] = [
            "name": "torture", "workers": workers, "lost_after": lostAfter,
            "defaults": ["command": TortureHost.command(lines: lines), "retry_policy": policy],
            "tasks": names.map { ["id": $0] },
        ]
        let text = try JSONSerialization.data(withJSONObject: spec)
        return (hosts, String(decoding: text, as: UTF8.self), names)
    }

    private static func finish(_ bench: Bench, _ hosts: [TortureHost]) async throws {
        for host in hosts {
            host.clear()
            guard let server = host.server else { continue }
            // A connection that died in a cut has ended for its server when that hears of it, which may take hours.
            if !(try await eventually(seconds: 10) { server.strangers().isEmpty }) { try await server.drop() }
            let isQuiet = try await eventually(seconds: 100) { server.strangers().isEmpty }
            #expect(isQuiet, "left: \(server.strangers().map(\.details))")
            try? FileManager.default.removeItem(atPath: "\(server.root)/home/codewhale/.local")
        }
        #expect(bench.processes() == [])
        TortureDisk.unmount(from: bench)
        #expect(bench.close() == [])
    }
}
