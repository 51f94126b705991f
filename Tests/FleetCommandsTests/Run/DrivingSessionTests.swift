import FleetCore
import FleetLedger
import FleetManager
import Testing
import UnixSignals

@testable import FleetCommands

@Suite("Driving a run, on a machine that is none", .timeLimit(.minutes(1)))
struct DrivingSessionTests {
    let workspace: TestWorkspace
    let machine = FakeMachine()

    init() throws { workspace = try TestWorkspace() }

    /// A run of tasks, each `id: command`.
    private func manager(_ tasks: [(String, String)], failFast: Bool = false, workers: Int = 4) async throws
        -> RunManager
    {
        let specs = tasks.map { id, command in
            let words = command.split(separator: " ").map(String.init)
            var task = TaskSpec(id: TaskID(unchecked: id), work: .command(words))
            if words[0] == "flaky" {
                task.retryPolicy = RetryPolicy(maxAttempts: 2, initialBackoff: 0, maxBackoff: 0, on: [.task])
            }
            return task
        }
        return try await RunManager.create(
            spec: RunSpec(name: "t", tasks: specs),
            options: RunOptions(maxWorkers: workers, failFast: failFast),
            context: machine.context(workspace)
        )
    }

    private func session(
        _ manager: RunManager,
        _ console: TestConsole,
        isJSON: Bool = false,
        signals: AsyncStream<UnixSignal> = AsyncStream { _ in }
    ) -> DrivingSession {
        DrivingSession(driver: Driver(signals: signals), manager: manager, console: console.console, isJSON: isJSON)
    }

    @Test(
        "The exit code is 0 where every task passed, else 1",
        arguments: [(["exit 0", "flaky"], CommandExit.success), (["exit 0", "exit 3"], .failure)]
    )
    func exitCodes(commands: [String], expected: CommandExit) async throws {
        let console = try TestConsole()
        let manager = try await manager(commands.enumerated().map { ("t\($0.offset)", $0.element) })
        #expect(try await session(manager, console).run() == expected)
    }

    @Test("With --json every line is an event of the ledger, the last run_finished")
    func json() async throws {
        let console = try TestConsole()
        let manager = try await manager([("good", "exit 0"), ("bad", "exit 3")])
        _ = try await session(manager, console, isJSON: true).run()
        let events = try console.lines.map { try JSONProbe($0) }
        let ledger = try Ledger(opening: workspace.place)
        let records = try ledger.records(of: manager.runID)
        #expect(events.map { $0["type"].text } == records.map(\.event.type))
        #expect(events.map { $0["seq"].number } == records.map { Double($0.seq) })
        #expect(events.first?["type"].text == "run_created")
        let last = try #require(events.last)
        #expect(last["type"].text == "run_finished")
        #expect(last["run_id"].text == manager.runID.rawValue)
        #expect(last["status"].text == "failed")
        #expect(last["tasks"].names == ["total", "passed", "failed", "cancelled", "interrupted"])
        #expect(last["tasks"].names.map { last["tasks"][$0].number } == [2, 1, 1, 0, 0])
        #expect((last["seconds"].number ?? -1) >= 0)
        #expect(console.diagnostics.isEmpty)
    }

    @Test("Elsewhere every event is a line, and a summary with the failures follows")
    func lines() async throws {
        let console = try TestConsole()
        let manager = try await manager([("bad", "exit 3")])
        _ = try await session(manager, console).run()
        let run = manager.runID.rawValue
        let lines = console.lines.map { $0.first?.isNumber == true ? String($0.dropFirst(10)) : $0 }
        #expect(
            lines.dropLast(3) == [
                "run \(run) (t): 1 task, 4 workers", "driven by process \(System.pid)", "bad #1: leased to local-1",
                "bad #1: running on local-1", "bad #1: failed after 0.2 s, task: exited with code 3",
                lines[5],
            ]
        )
        #expect(lines[5].hasPrefix("run \(run) failed: 1 failed in "))
        #expect(lines[6].hasPrefix("run \(run) failed in "))
        #expect(lines[7...] == ["  bad  task: exited with code 3", "    codewhale fleet logs \(run)/bad"])
    }

    @Test("On a terminal the display is gone at the end, and the summary stays")
    func live() async throws {
        let console = try TestConsole(outputIsTerminal: true, diagnosticsIsTerminal: true)
        let manager = try await manager([("good", "exit 0"), ("held", "hold")])
        let session = session(manager, console)
        async let exit = session.run()
        await machine.waitForStarts(2)
        machine.endAll()
        #expect(try await exit == .success)
        #expect(console.diagnostics.contains("/2  "))
        #expect(console.diagnostics.hasSuffix("\u{1B}[J"))
        #expect(console.output.hasPrefix("run \(manager.runID) completed in "))
        #expect(console.lines.count == 1)
    }

    @Test("NO_COLOR and redirected output mean lines", arguments: [true, false])
    func modes(isDecorated: Bool) throws {
        let console = try TestConsole(outputIsTerminal: false, diagnosticsIsTerminal: true, isDecorated: isDecorated)
        let mode = RunReporter.Mode(console.console, isJSON: false)
        #expect(mode == (isDecorated ? .live(console.console.diagnostics, withLines: true) : .lines))
        #expect(RunReporter.Mode(console.console, isJSON: true) == .json)
    }

    @Test("The first signal lets what runs finish and leases no more; the run is left with 75")
    func drain() async throws {
        let console = try TestConsole()
        let manager = try await manager([("a", "hold"), ("b", "hold")], workers: 1)
        let (signals, signal) = AsyncStream.makeStream(of: UnixSignal.self)
        let session = session(manager, console, isJSON: true, signals: signals)
        async let exit = session.run()
        await machine.waitForStarts(1)
        signal.yield(.sigint)
        while !console.diagnostics.contains("INT: no more tasks are started") { await Task.yield() }
        machine.endAll()
        #expect(try await exit == .stopped)
        let last = try JSONProbe(console.lines.last ?? "")
        #expect(last.names == ["type", "run_id", "status", "tasks", "seconds"])
        #expect(last["status"].text == "incomplete")
        #expect(last["tasks"]["total"].number == 2)
        #expect(last["tasks"]["passed"].number == 1)
    }

    @Test(
        "The second signal interrupts what runs, and tells which signal it was",
        arguments: [(UnixSignal.sigint, CommandExit.interrupted), (.sigterm, .terminated)]
    )
    func interrupt(signal kind: UnixSignal, expected: CommandExit) async throws {
        let console = try TestConsole()
        let manager = try await manager([("a", "hold"), ("b", "hold")], workers: 1)
        let (signals, signal) = AsyncStream.makeStream(of: UnixSignal.self)
        let session = session(manager, console, signals: signals)
        async let exit = session.run()
        await machine.waitForStarts(1)
        signal.yield(.sigint)
        signal.yield(kind)
        #expect(try await exit == expected)
        #expect(console.diagnostics.contains("\(kind.shortName): interrupting what runs"))
        let state = try #require(try Ledger(opening: workspace.place).loadRun(manager.runID))
        #expect(state.tasks.map(\.status) == [.interrupted, .queued])
        #expect(console.output.contains("run \(manager.runID) is not over after "))
    }

    @Test("With --fail-fast what waits is cancelled at the first failure")
    func failFast() async throws {
        let console = try TestConsole()
        let manager = try await manager([("a", "exit 1"), ("b", "hold"), ("c", "hold")], failFast: true, workers: 1)
        #expect(try await session(manager, console).run() == .failure)
        #expect(console.output.contains("1 failed, 2 cancelled"))
    }

    @Test("What reads the output no more does not stop the run")
    func closedOutput() async throws {
        let pipe = try ChildProcess.makePipe()
        System.close(pipe[0])
        System.ignoreBrokenPipes()
        let stream = Console.Stream(descriptor: pipe[1], isTerminal: false)
        let console = Console(output: stream, diagnostics: stream, isDecorated: false)
        console.onClosedOutput(.discard)
        let manager = try await manager([("a", "exit 0"), ("b", "exit 0")])
        let driver = Driver(signals: AsyncStream { _ in })
        let session = DrivingSession(driver: driver, manager: manager, console: console, isJSON: false)
        #expect(try await session.run() == .success)
        System.close(pipe[1])
    }
}
