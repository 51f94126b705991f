import FleetCore
import FleetLedger
import FleetManager
import Testing
import UnixSignals

@testable import FleetCommands

@Suite("Ending and restarting, on a machine that is none", .timeLimit(.minutes(1)))
struct RestartingTests {
    let workspace: TestWorkspace
    let machine = FakeMachine()

    init() throws { workspace = try TestWorkspace() }

    private func manager(_ commands: [String], workers: Int = 1) async throws -> RunManager {
        let tasks = commands.enumerated()
            .map {
                TaskSpec(
                    id: TaskID(unchecked: "t\($0.offset)"),
                    work: .command($0.element.split(separator: " ").map(String.init))
                )
            }
        return try await RunManager.create(
            spec: RunSpec(name: "t", tasks: tasks),
            options: RunOptions(maxWorkers: workers),
            context: machine.context(workspace)
        )
    }

    private func restarting(_ run: RunID, _ task: String, _ console: TestConsole) throws -> Restarting {
        Restarting(
            run: run,
            task: TaskID(unchecked: task),
            context: machine.context(workspace),
            ledger: try Ledger(opening: workspace.place),
            observer: TaskReporter(TaskID(unchecked: task), console: console.console, isSilent: false)
        )
    }

    private var driver: Driver { Driver(signals: AsyncStream { _ in }) }

    @Test("A task of a run that has ended is run again, in a new attempt")
    func afterEnd() async throws {
        let console = try TestConsole()
        let manager = try await manager(["exit 0", "flaky"])
        _ = try await manager.run { _ in }
        let restarting = try restarting(manager.runID, "t1", console)
        let task = try await restarting.run(driver)
        await restarting.observer.finish()
        #expect(task.status == .passed)
        #expect(task.attempts.map(\.number) == [1, 2])
        #expect(console.output.contains("t1 #2: passed after 0.2 s\n"))
        #expect(!console.output.contains("t0"))
        let run = try #require(try Ledger(opening: workspace.place).loadRun(manager.runID))
        #expect(run.status == .completed)
    }

    @Test("A task that runs under a live manager is ended and run again by that manager")
    func alive() async throws {
        let console = try TestConsole()
        let manager = try await manager(["hold"])
        async let end = manager.run { _ in }
        await machine.waitForStarts(1)
        let restarting = try restarting(manager.runID, "t0", console)
        let machine = machine
        async let second: Void = machine.endAll(afterStarts: 2)
        let task = try await restarting.run(driver)
        await second
        #expect(task.attempts.map(\.outcome) == [.cancelled, .passed])
        guard case .finished(let finished) = try await end else {
            Issue.record("the manager stopped before the run's end")
            return
        }
        #expect(finished.status == .completed)
    }

    @Test("Where the run's manager goes in the middle of it, what runs on and what to do is told, with 75")
    func managerGoes() async throws {
        let console = try TestConsole()
        let manager = try await manager(["hold"])
        let driving = Task { try await manager.run { _ in } }
        await machine.waitForStarts(1)
        let restarting = try restarting(manager.runID, "t0", console)
        let machine = machine
        async let killing: Void = {
            await machine.waitForStarts(2)
            driving.cancel()
        }()
        let error = await #expect(throws: CommandError.self) { try await restarting.run(driver) }
        await killing
        _ = await driving.result
        #expect(error?.exit == .stopped)
        #expect(
            error?.message == "the manager stopped before the end of \(manager.runID)/t0; its attempt 2 runs on"
        )
        #expect(error?.hint?.contains("codewhale fleet resume \(manager.runID) goes on with it") == true)
        #expect(error?.hint?.contains("codewhale fleet restart local-1 begins anew") == true)
    }

    @Test("A worker's latest task is the one that is meant")
    func latest() async throws {
        let manager = try await manager(["exit 0", "exit 1", "exit 0"])
        _ = try await manager.run { _ in }
        let latest = try RestartCommand.latestTask(of: "local-1", in: workspace.open())
        #expect(latest.run == manager.runID)
        #expect(latest.task.rawValue == "t2")
    }

    @Test("What came of it in both forms")
    func rendering() throws {
        try workspace.appendExample()
        let task = try #require(try workspace.open().run(TestWorkspace.run).task(TaskID(unchecked: "bad")))
        let answer = try JSONProbe(RestartCommand.json(task, of: TestWorkspace.run).text)
        #expect(answer.names == ["schema", "run_id", "task"])
        #expect(answer["schema"].text == "fleet.restart/1")
        #expect(
            RestartCommand.text(task, of: TestWorkspace.run, now: workspace.now)
                == "\(TestWorkspace.run)/bad #2: failed after 1.0 s, task: exited with code 3\n"
        )
    }

    @Test("stop ends a run without a manager, its queued tasks too", arguments: [true, false])
    func stop(all: Bool) async throws {
        let manager = try await manager(["hold", "hold"])
        let run = manager.runID
        let context = machine.context(workspace)
        // The manager is asked to leave; what it started runs on.
        let driving = Task { try await manager.run { _ in } }
        await machine.waitForStarts(1)
        let attempts = try await Operations(context: context).end(all ? .all : .run(run), mode: .stop)
        _ = try await driving.value
        var report = EndReport(verb: "stop", attempts: attempts, nothing: "nothing")
        let open = try workspace.open()
        report.runs = open.state.summaries.map { open.view($0) }
        #expect(report.isConfirmed)
        let answer = try JSONProbe(report.json.text)
        #expect(answer.names == ["schema", "attempts", "runs", "confirmed"])
        #expect(answer["schema"].text == "fleet.stop/1")
        #expect(answer["attempts"][0].names == ["run_id", "task_id", "attempt", "result", "survivors"])
        #expect(answer["attempts"][0]["result"].text == "stopped")
        #expect(answer["runs"][0]["status"].text == "cancelled")
        #expect(report.text.hasSuffix("run \(run): cancelled, 2 cancelled\n"))
    }
}

@Suite("What is said of ends")
struct EndReportTests {
    private func report(_ result: EndResult, survivors: [Int] = []) -> EndReport {
        let end = Event.EndConfirmed(
            run: TestWorkspace.run,
            task: TaskID(unchecked: "t"),
            attempt: 2,
            result: result,
            survivors: survivors
        )
        return EndReport(verb: "interrupt", attempts: [end], nothing: "nothing")
    }

    @Test(
        "An end that is not verified is never told as done: 1",
        arguments: [(EndResult.stopped, true), (.alreadyExited, true), (.survivors, false), (.unreachable, false)]
    )
    func confirmed(result: EndResult, expected: Bool) throws {
        let console = try TestConsole()
        let report = report(result)
        #expect(report.isConfirmed == expected)
        if expected {
            try report.write(to: console.console, isJSON: true)
        } else {
            #expect(throws: (any Error).self) { try report.write(to: console.console, isJSON: true) }
        }
        #expect(try JSONProbe(console.output)["confirmed"].flag == expected)
    }

    @Test("Survivors are named")
    func survivors() throws {
        let report = report(.survivors, survivors: [7, 8])
        #expect(report.text.contains("\(TestWorkspace.run)/t  2        could not be ended entirely: 7, 8\n"))
        #expect(try JSONProbe(report.json.text)["attempts"][0]["survivors"].elements.map(\.number) == [7, 8])
    }

    @Test("Where there was nothing to end, that is said, with 0")
    func nothing() throws {
        let report = EndReport(verb: "stop", attempts: [], nothing: "no run goes on")
        #expect(report.isConfirmed)
        #expect(report.text == "no run goes on\n")
    }

    @Test(
        "stop and interrupt of what carries nothing need nobody",
        arguments: [["stop", "--all"], ["stop", "20260101-000000-ab12"]]
    )
    @MainActor
    func ended(arguments: [String]) async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        try workspace.finishExample()
        let console = try TestConsole()
        let words = ["fleet"] + arguments + ["--workspace", workspace.place.root]
        #expect(await CommandLineEntry.run(words, console: console.console) == 0)
        #expect(
            console.output == (arguments[1] == "--all" ? "no run goes on\n" : "run \(arguments[1]) has ended already\n")
        )
    }
}
