import Foundation
import TestServers
import Testing

/// A run on builders of the test's own, and the manager that drives it.
struct RemoteRun {
    let bench: Bench
    /// The run's id.
    let id: String
    /// The process that drives it.
    let manager: Process

    /// Drives a run with a worker and a task for each, and returns when all of them run.
    ///
    /// - Parameters:
    ///   - bench: where.
    ///   - tasks: for the name of each worker and of its task, the host, and what is run there.
    /// - Returns: the run.
    /// - Throws: ``Command/Failure`` where they do not come to run.
    static func begin(_ bench: Bench, _ tasks: [String: (host: [String: Any], command: Any)]) async throws -> RemoteRun
    {
        let spec: [String: Any] = [
            "tasks": tasks.map { ["id": $0.key, "command": $0.value.command, "requires": [$0.key]] as [String: Any] },
            "workers": tasks.map { ["id": $0.key, "host": $0.value.host, "capabilities": [$0.key]] as [String: Any] },
        ]
        let text = try JSONSerialization.data(withJSONObject: spec)
        try bench.write(String(decoding: text, as: UTF8.self), to: "spec.json")
        let manager = try bench.begin(["fleet", "run", "spec.json", "--json", "--log-level", "trace"])
        for (name, isError) in [("manager.out", false), ("manager.err", true)] {
            _ = FileManager.default.createFile(atPath: bench.path(name), contents: nil)
            let file = FileHandle(forWritingAtPath: bench.path(name))
            if isError { manager.standardError = file } else { manager.standardOutput = file }
        }
        try manager.run()
        var id: String?
        let isRunning = try await eventually(seconds: 60) {
            let runs = try await bench.run("fleet", "status", "--json").json["runs"] as? [[String: Any]]
            id = runs?.first?["run_id"] as? String
            return (runs?.first?["tasks"] as? [String: Int])?["running"] == tasks.count
        }
        let run = RemoteRun(bench: bench, id: id ?? "", manager: manager)
        guard isRunning else {
            run.abandon()
            throw Command.Failure("not everything began to run: \(try run.said())")
        }
        return run
    }

    /// What the manager has said.
    func said() throws -> String {
        try ["manager.out", "manager.err"].map { try String(contentsOfFile: bench.path($0), encoding: .utf8) }.joined()
    }

    /// The processes of the run's attempts, wherever they run.
    func processes() -> [HostProcess] {
        HostProcess.all().filter { $0.variables.contains("CODEWHALE_RUN_ID=\(id)") }
    }

    /// The records of the ledger of a type, in order.
    func records(_ type: String) throws -> [[String: Any]] {
        try String(contentsOfFile: bench.path(".codewhale/fleet.jsonl"), encoding: .utf8).split(separator: "\n")
            .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
            .filter { $0["type"] as? String == type }
    }

    /// A task as `inspect` tells of it.
    func task(_ name: String) async throws -> [String: Any] {
        try #require(try await bench.run("fleet", "inspect", "\(id)/\(name)", "--json").json["task"] as? [String: Any])
    }

    /// The manager's exit code, once it has ended.
    func end() async throws -> Int32 {
        let hasEnded = try await eventually(seconds: 60) { !manager.isRunning }
        try #require(hasEnded, "the manager goes on")
        return manager.terminationStatus
    }

    /// The manager dies.
    func killManager() {
        kill(manager.processIdentifier, SIGKILL)
        manager.waitUntilExit()
    }

    /// Ends what a test that failed has left.
    func abandon() {
        if manager.isRunning { killManager() }
        for process in processes() { kill(process.pid, SIGKILL) }
    }
}
