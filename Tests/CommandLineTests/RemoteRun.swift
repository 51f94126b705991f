import Foundation
import TestServers
import Testing

/// A run of the test's own, on builders or here, and the manager that drives it.
struct RemoteRun {
    let bench: Bench
    /// The run's id.
    let id: String
    /// The process that drives it.
    let manager: ChildProcess

    /// Drives a run with a worker and a task for each, and returns when all of them run.
    ///
    /// - Parameters:
    ///   - bench: where.
    ///   - tasks: for the name of each worker and of its task, the host, and what is run there.
    /// - Returns: the run.
    /// - Throws: ``Command/Failure`` where they do not come to run.
    static func begin(_ bench: Bench, _ tasks: [String: (host: [String: Any], command: Any)]) async throws -> RemoteRun
    {
        try await begin(
            bench,
            [
                "tasks": tasks.map {
                    ["id": $0.key, "command": $0.value.command, "requires": [$0.key]] as [String: Any]
                },
                "workers": tasks.map {
                    ["id": $0.key, "host": $0.value.host, "capabilities": [$0.key]] as [String: Any]
                },
            ],
            running: tasks.count
        )
    }

    /// Drives a run of a spec, and returns when so many of its tasks run.
    static func begin(_ bench: Bench, _ spec: [String: Any], running count: Int) async throws -> RemoteRun {
        let run = try await start(bench, spec)
        let isRunning = try await eventually(seconds: 60) { try run.tasks()["running"] == count }
        guard isRunning else {
            run.abandon()
            throw Command.Failure("not \(count) tasks began to run: \(run.said())")
        }
        return run
    }

    /// Begins to drive a run of a spec, and returns when it is in the ledger.
    static func start(_ bench: Bench, _ spec: [String: Any], _ arguments: String...) async throws -> RemoteRun {
        let text = try JSONSerialization.data(withJSONObject: spec)
        try bench.write(String(decoding: text, as: UTF8.self), to: "spec.json")
        return try await watch(bench, ["run", "spec.json"] + arguments)
    }

    /// Begins to drive the run, whose manager is gone, by another process.
    func resume(_ arguments: String...) async throws -> RemoteRun {
        try await Self.watch(bench, ["resume", id] + arguments)
    }

    private static func watch(_ bench: Bench, _ arguments: [String]) async throws -> RemoteRun {
        var plan = try bench.plan(["fleet"] + arguments + ["--json", "--log-level", "trace"])
        plan.output = bench.path("manager.out")
        plan.errors = bench.path("manager.err")
        let manager = try ChildProcess(plan)
        var id: String?
        let hasBegun = try await eventually(seconds: 60) {
            let line = try String(contentsOfFile: bench.path("manager.out"), encoding: .utf8).split(separator: "\n")
                .first
            let event = line.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
            id = event?["run_id"] as? String
            return id != nil || !manager.isRunning
        }
        let run = RemoteRun(bench: bench, id: id ?? "", manager: manager)
        guard hasBegun, id != nil else {
            run.abandon()
            throw Command.Failure("the run did not begin: \(run.said())")
        }
        return run
    }

    /// How many of the run's tasks stand how, by the ledger.
    func tasks() throws -> [String: Int] {
        var states: [String: String] = [:]
        for record in try records() {
            guard let task = record["task_id"] as? String, record["run_id"] as? String == id else { continue }
            switch record["type"] as? String {
            case "task_enqueued", "task_requeued": states[task] = "queued"
            case "task_leased": states[task] = "leased"
            case "attempt_started": states[task] = "running"
            case "attempt_finished":
                states[task] = record["retry_at"] == nil ? record["outcome"] as? String : "queued"
            case "task_cancelled": states[task] = "cancelled"
            default: break
            }
        }
        return Dictionary(grouping: states.values) { $0 }.mapValues(\.count)
    }

    /// What the manager has said.
    func said() -> String {
        ["manager.out", "manager.err"].compactMap { try? String(contentsOfFile: bench.path($0), encoding: .utf8) }
            .joined()
    }

    /// The processes of the run's attempts, wherever they run.
    func processes() -> [HostProcess] {
        HostProcess.all().filter { $0.variables.contains("CODEWHALE_RUN_ID=\(id)") }
    }

    /// The records of the ledger of a type, in order; of all types where none is named.
    func records(_ type: String? = nil) throws -> [[String: Any]] {
        let text = try String(contentsOfFile: bench.path(".codewhale/fleet.jsonl"), encoding: .utf8)
        // What is written at this moment is no line yet.
        return text.prefix(upTo: text.lastIndex(of: "\n") ?? text.startIndex).split(separator: "\n")
            .compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
            .filter { type == nil || $0["type"] as? String == type }
    }

    /// A task as `inspect` tells of it.
    func task(_ name: String) async throws -> [String: Any] {
        try #require(try await bench.run("fleet", "inspect", "\(id)/\(name)", "--json").json["task"] as? [String: Any])
    }

    /// The manager's exit code, once it has ended.
    func end() async throws -> Int32 {
        let hasEnded = try await eventually(seconds: 60) { !manager.isRunning }
        try #require(hasEnded, "the manager goes on")
        guard case .exited(let code) = manager.end else { throw Command.Failure("the manager was killed") }
        return code
    }

    /// The manager dies.
    func killManager() {
        manager.signal(SIGKILL)
        manager.waitUntilExit()
    }

    /// Ends what a test that failed has left.
    func abandon() {
        if manager.isRunning { killManager() }
        for process in processes() { kill(process.pid, SIGKILL) }
    }
}
