import FleetCore
import FleetLedger
import Testing

@testable import FleetCommands

@Suite("status and runs, from a ledger written by hand")
struct StatusTests {
    private static let run = TestWorkspace.run

    @Test("JSON of the workspace")
    @MainActor
    func json() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample(labels: ["branch": "main"])
        let console = try TestConsole()
        #expect(await workspace.run(console, "status", "--json") == 0)
        let answer = try JSONProbe(console.output)
        #expect(answer.names == ["schema", "runs", "workers", "omitted_runs", "ledger_age_seconds"])
        #expect(answer["schema"].text == "fleet.status/1")
        let run = answer["runs"][0]
        #expect(
            run.names == ["run_id", "name", "status", "created_at", "finished_at", "tasks", "manager", "labels"]
        )
        #expect(run["run_id"].text == Self.run.rawValue)
        #expect(run["status"].text == "unattended")
        #expect(run["created_at"].text == "2026-01-01T00:00:00.000Z")
        #expect(run["finished_at"].isNull)
        #expect(
            run["tasks"].names
                == ["total", "queued", "leased", "running", "passed", "failed", "cancelled", "interrupted"]
        )
        #expect(run["tasks"].names.map { run["tasks"][$0].number } == [4, 1, 0, 1, 1, 1, 0, 0])
        #expect(run["manager"]["pid"].number == 4_711)
        #expect(run["manager"]["alive"].flag == false)
        #expect(run["labels"]["branch"].text == "main")
        let workers = answer["workers"].elements
        #expect(workers.map { $0["id"].text } == ["local-1", "local-2"])
        #expect(workers.map { $0["state"].text } == ["idle", "busy"])
        #expect(workers[1].names == ["id", "host", "transport", "state", "slots", "running"])
        #expect(workers[1]["running"][0].names == ["run_id", "task_id", "attempt", "started_at"])
        #expect(workers[1]["running"][0]["task_id"].text == "busy")
        #expect((answer["ledger_age_seconds"].number ?? -1) >= 0)
    }

    @Test("A run whose lock is held is running, and its manager alive")
    @MainActor
    func alive() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        try workspace.place.makeRunDirectories(Self.run)
        let lock = try #require(try RunLock.tryAcquire(workspace.place.managerLock(Self.run)))
        defer { lock.release() }
        let console = try TestConsole()
        #expect(await workspace.run(console, "status", "--json") == 0)
        let run = try JSONProbe(console.output)["runs"][0]
        #expect(run["status"].text == "running")
        #expect(run["manager"]["pid"].number == Double(System.pid))
        #expect(run["manager"]["alive"].flag == true)
    }

    @Test("JSON of one run has its tasks with their attempts")
    @MainActor
    func jsonOfRun() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        try workspace.finishExample()
        let console = try TestConsole()
        #expect(await workspace.run(console, "status", Self.run.rawValue, "--json") == 0)
        let answer = try JSONProbe(console.output)
        #expect(answer["runs"].elements.count == 1)
        #expect(answer["runs"][0]["status"].text == "failed")
        #expect(answer["runs"][0]["finished_at"].text?.hasPrefix("2026-01-01T00:00:") == true)
        let tasks = answer["tasks"].elements
        #expect(tasks.map { $0["id"].text } == ["good", "bad", "busy", "later"])
        #expect(tasks.map { $0["status"].text } == ["passed", "failed", "interrupted", "cancelled"])
        #expect(tasks.map { $0["attempts"].elements.count } == [1, 2, 1, 0])
        #expect(tasks[3]["failure"]["class"].text == "cancelled")
    }

    @Test("Text of the workspace names runs, workers, the age of the word, and what to do where nobody drives")
    @MainActor
    func text() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let status = try Status(try workspace.open(), run: nil, now: workspace.now)
        let lines = status.text.split(separator: "\n").map(String.init)
        #expect(
            lines[0].split(separator: " ") == [
                "RUN", "NAME", "STATUS", "TASKS", "PASSED", "FAILED", "STOPPED", "RUNNING", "QUEUED", "STARTED",
                "TIME",
            ]
        )
        #expect(lines[1].hasPrefix("\(Self.run)  example  unattended      4       1       1        0        1       1"))
        #expect(lines.contains { $0.hasPrefix("local-2  local  busy       1  \(Self.run)/busy #1") })
        #expect(lines.contains { $0.hasPrefix("the ledger's last word is") })
        #expect(lines.last?.contains("codewhale fleet status --refresh") == true)
        #expect(lines.last?.hasSuffix("codewhale fleet stop \(Self.run) ends it") == true)
    }

    @Test("Text of one run lists its tasks with what became of them")
    func textOfRun() throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let text = try Status(try workspace.open(), run: Self.run, now: workspace.now).text
        #expect(text.contains("\nTASK   STATUS   ATTEMPT  WORKER    TIME  RESULT\n"))
        #expect(text.contains("\ngood   passed         1  local-1  1.0 s\n"))
        #expect(text.contains("\nbad    failed         2  local-1  1.0 s  task: exited with code 3\n"))
        #expect(text.contains("\nbusy   running        1  local-2  2.0 s\n"))
        #expect(text.contains("\nlater  queued\n"))
    }

    @Test("Of runs that have ended, the last twenty are shown, and those that go on in any case")
    func many() throws {
        let workspace = try TestWorkspace()
        for number in 10..<35 {
            let run = RunID(unchecked: "run-\(number)")
            try workspace.append(TestWorkspace.created(run, name: "n", tasks: 0))
            if number == 10 { continue }
            try workspace.append(
                .runFinished(.init(run: run, status: .completed, tasks: Tally(total: 0, passed: 0), seconds: 1))
            )
        }
        let status = try Status(try workspace.open(), run: nil, now: workspace.now)
        #expect(status.runs.count == 21)
        #expect(status.runs.contains { $0.summary.id.rawValue == "run-10" })
        #expect(!status.runs.contains { $0.summary.id.rawValue == "run-14" })
        #expect(status.omittedRuns == 4)
        #expect(status.text.contains("… and 4 earlier runs: codewhale fleet runs\n"))
    }

    @Test("Nothing that came from a spec reaches a terminal as it is")
    @MainActor
    func hostile() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample(name: "a\u{9B}2J\u{202E}b", labels: ["x": "\u{85}"])
        for arguments in [
            ["status"], ["status", "--json"], ["runs"], ["inspect", Self.run.rawValue], ["status", "--watch", "x"],
        ] {
            let console = try TestConsole()
            let words = ["fleet"] + arguments + ["--workspace", workspace.place.root]
            _ = await CommandLineEntry.run(words, console: console.console)
            let text = console.output + console.diagnostics
            #expect(!text.unicodeScalars.contains { $0 != "\n" && TerminalText.isUnsafe($0) }, "\(arguments)")
        }
    }

    @Test("runs lists all, newest first", arguments: [true, false])
    @MainActor
    func runs(isJSON: Bool) async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample(run: RunID(unchecked: "one"))
        try workspace.finishExample(run: RunID(unchecked: "one"))
        try workspace.appendExample(run: RunID(unchecked: "two"))
        let console = try TestConsole()
        if isJSON {
            #expect(await workspace.run(console, "runs", "--json") == 0)
            let answer = try JSONProbe(console.output)
            #expect(answer.names == ["schema", "runs"])
            #expect(answer["schema"].text == "fleet.runs/1")
            #expect(answer["runs"].elements.map { $0["run_id"].text } == ["two", "one"])
        } else {
            #expect(await workspace.run(console, "runs") == 0)
            #expect(console.lines.map { $0.prefix(3) } == ["RUN", "two", "one"])
        }
    }

    @Test("A workspace without runs says how to start one", arguments: ["status", "runs"])
    @MainActor
    func empty(verb: String) async throws {
        let workspace = try TestWorkspace()
        let console = try TestConsole()
        #expect(await workspace.run(console, verb) == 0)
        #expect(console.output == "no runs yet; start one with: codewhale fleet run SPEC\n")
    }

    @Test("Watching a run that has ended prints its events and ends", arguments: [true, false])
    @MainActor
    func watchEnded(isJSON: Bool) async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        try workspace.finishExample()
        let console = try TestConsole()
        let arguments = ["fleet", "status", "--watch", Self.run.rawValue] + (isJSON ? ["--json"] : [])
        #expect(
            await CommandLineEntry.run(arguments + ["--workspace", workspace.place.root], console: console.console) == 0
        )
        if isJSON {
            let types = try console.lines.map { try JSONProbe($0)["type"].text }
            #expect(types.first == "run_created")
            #expect(types.last == "run_finished")
            #expect(types.count == 20)
        } else {
            #expect(console.lines.first?.hasSuffix("run \(Self.run) (example): 4 tasks, 2 workers") == true)
            #expect(console.lines.last?.hasSuffix("in 17.5 s") == true)
        }
    }

    @Test("Watching shows what happens, and ends with the run")
    @MainActor
    func watchLive() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let console = try TestConsole()
        let words = ["fleet", "status", "--watch", "--json", Self.run.rawValue, "--workspace", workspace.place.root]
        let output = console.console
        async let code = CommandLineEntry.run(words, console: output)
        try workspace.finishExample()
        #expect(await code == 0)
        let types = try console.lines.map { try JSONProbe($0)["type"].text }
        #expect(types.count == 20)
        #expect(types.last == "run_finished")
    }

    @Test("On a terminal watching paints the status in place")
    @MainActor
    func watchTerminal() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        try workspace.finishExample()
        let console = try TestConsole(outputIsTerminal: true)
        #expect(await workspace.run(console, "status", "--watch", Self.run.rawValue) == 0)
        #expect(console.output.hasPrefix("RUN"))
        #expect(!console.output.contains("\u{1B}"))
    }
}
