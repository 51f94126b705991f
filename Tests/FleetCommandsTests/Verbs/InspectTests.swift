import FleetCore
import Testing

@testable import FleetCommands

@Suite("inspect, from a ledger written by hand")
struct InspectTests {
    private static let run = TestWorkspace.run

    private func inspect(_ target: String, finished: Bool = false) throws -> any Inspection {
        let workspace = try TestWorkspace()
        try workspace.appendExample(labels: ["branch": "main"])
        if finished { try workspace.finishExample() }
        return try InspectCommand.inspect(target, in: workspace.open(), now: workspace.now)
    }

    @Test("JSON of a task, as the documents have it")
    func taskJSON() throws {
        let answer = try JSONProbe(inspect("\(Self.run)/bad").json.text)
        #expect(answer.names == ["schema", "task"])
        #expect(answer["schema"].text == "fleet.inspect/1")
        let task = answer["task"]
        #expect(task.names == ["id", "status", "retry_at", "failure", "attempts", "run_id"])
        #expect(task["attempts"].elements.map { $0["attempt"].number } == [1, 2])
        let attempt = task["attempts"][0]
        let names = [
            "attempt", "worker_id", "state", "leased_at", "started_at", "finished_at", "pid", "exit", "usage",
            "failure", "log", "artifacts",
        ]
        #expect(Set(names).isSubset(of: attempt.names))
        #expect(attempt["state"].text == "finished")
        #expect(attempt["exit"].names == ["code"])
        #expect(attempt["exit"]["code"].number == 3)
        #expect(task["attempts"][1]["exit"].names == ["signal"])
        #expect(task["attempts"][1]["exit"]["signal"].number == 9)
        #expect(attempt["usage"]["user_seconds"].number == 0.25)
        #expect(attempt["usage"]["system_seconds"].number == 0.125)
        #expect(attempt["usage"]["peak_memory_bytes"].number == 2_097_152)
        #expect(attempt["failure"]["class"].text == "task")
        #expect(attempt["failure"]["message"].text == "exited with code 3")
        #expect(attempt["log"]["bytes"].number == 12)
        #expect(attempt["log"]["dropped"].number == 2)
        #expect(attempt["leased_at"].text?.hasSuffix("Z") == true)
    }

    @Test("JSON of a task that was never leased has no attempts, and says why it will not be")
    func cancelledJSON() throws {
        let task = try JSONProbe(inspect("\(Self.run)/later", finished: true).json.text)["task"]
        #expect(task["status"].text == "cancelled")
        #expect(task["attempts"].elements.isEmpty)
        #expect(task["failure"]["message"].text == "it depends on bad")
    }

    @Test("Text of a task tells each attempt with its receipt")
    func taskText() throws {
        let text = try inspect("\(Self.run)/bad").text
        #expect(text.hasPrefix("task \(Self.run)/bad\n  status   failed\n  failure  task: exited with code 3\n"))
        #expect(text.contains("\nattempt 1 on local-1: exit 3\n"))
        #expect(text.contains("\nattempt 2 on local-1: signal 9 (KILL)\n"))
        #expect(text.contains("  usage    user 0.250 s, system 0.125 s, peak memory 2.0 MiB\n"))
        #expect(
            text.contains("  log      12 B, 2 B of them not kept: codewhale fleet logs \(Self.run)/bad --attempt 1\n")
        )
    }

    @Test("JSON of a run")
    func runJSON() throws {
        let answer = try JSONProbe(inspect(Self.run.rawValue, finished: true).json.text)
        #expect(answer.names == ["schema", "run", "workers", "tasks"])
        #expect(answer["run"]["run_id"].text == Self.run.rawValue)
        #expect(answer["run"]["spec_sha256"].text == "5e5e")
        #expect(answer["run"]["max_workers"].number == 2)
        #expect(answer["tasks"].elements.count == 4)
        #expect(answer["workers"].elements.map { $0["id"].text } == ["local-1", "local-2"])
    }

    @Test("Text of a run")
    func runText() throws {
        let text = try inspect(Self.run.rawValue).text
        #expect(text.hasPrefix("run \(Self.run)\n  name     example\n  status   unattended\n  label    branch=main\n"))
        #expect(text.contains("  manager  process 4711, gone\n"))
        #expect(text.contains("  tasks    1 queued, 1 running, 1 passed, 1 failed\n"))
    }

    @Test("A pending end is told with what it waits for")
    func pendingEnd() throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        try workspace.append(
            .endRequested(
                .init(run: Self.run, scope: .worker(TestWorkspace.other.id), mode: .interrupt, requestID: "r1")
            )
        )
        let inspection = try InspectCommand.inspect(Self.run.rawValue, in: workspace.open(), now: workspace.now)
        #expect(inspection.text.contains("interrupt since 2026-01-01 00:00:17Z: busy #1\n"))
        let end = try JSONProbe(inspection.json.text)["run"]["pending_ends"][0]
        #expect(end["request_id"].text == "r1")
        #expect(end["mode"].text == "interrupt")
        #expect(end["attempts"][0]["task_id"].text == "busy")
        #expect(end["attempts"][0]["result"].isNull)
    }

    @Test("JSON of a worker")
    func workerJSON() throws {
        let answer = try JSONProbe(inspect("local-2").json.text)
        #expect(answer.names == ["schema", "worker", "attempts"])
        #expect(answer["worker"]["state"].text == "busy")
        #expect(answer["worker"]["digest"].text == "d2")
        #expect(answer["attempts"].elements.map { $0["task_id"].text } == ["busy"])
        #expect(answer["attempts"][0]["attempt"]["state"].text == "running")
    }

    @Test("A worker of a run that has ended still has its attempts, newest first")
    func workerOfEnded() throws {
        let inspection = try inspect("local-1", finished: true)
        let answer = try JSONProbe(inspection.json.text)
        #expect(answer["worker"]["state"].text == "idle")
        #expect(answer["attempts"].elements.map { $0["task_id"].text } == ["bad", "bad", "good"])
        #expect(inspection.text.hasPrefix("worker local-1\n  host   local\n  state  idle\n  slots  1\n"))
        #expect(inspection.text.contains("\(Self.run)/bad         2  2026-01-01 00:00:"))
    }

    @Test("A run's id and a worker's that are the same mean the run; a task is named with its run")
    func precedence() throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample(run: RunID(unchecked: "local-1"))
        let open = try workspace.open()
        #expect(try open.target("local-1", [.run, .worker]) == .run(RunID(unchecked: "local-1")))
        #expect(try open.target("local-1", .worker) == .worker(WorkerID(unchecked: "local-1")))
        #expect(
            try open.target("local-1/good", [.run, .task])
                == .task(RunID(unchecked: "local-1"), TaskID(unchecked: "good"))
        )
    }
}
