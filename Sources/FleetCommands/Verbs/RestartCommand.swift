import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager

/// `codewhale fleet restart`.
struct RestartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Run a worker's latest task again, to its end.",
        discussion: """
            Where the task runs, that attempt is ended first; a run that has ended goes on. A manager that drives the \
            run does it, else this process. The exit code is 0 where the task passes.

            Example:
              codewhale fleet restart local-1
            """
    )

    @OptionGroup var options: FleetOptions

    @Argument(help: "The worker.")
    var worker: String

    func run() async throws {
        let console = Console.current
        console.onClosedOutput(.discard)
        let workspace = try OpenWorkspace(options, console: console)
        let latest = try Self.latestTask(of: worker, in: workspace)
        let observer = TaskReporter(latest.task, console: console, isSilent: options.json)
        let restarting = Restarting(
            run: latest.run,
            task: latest.task,
            context: try Composition.managerContext(workspace.place, options: options),
            ledger: workspace.ledger,
            observer: observer
        )
        let result = await Result { try await restarting.run(await Driver.ofProcess()) }
        await observer.finish()
        let task = try result.get()
        if options.json {
            console.write(Self.json(task, of: latest.run))
        } else {
            console.write(Self.text(task, of: latest.run, now: System.now))
        }
        if task.status != .passed { throw ExitCode(CommandExit.failure.rawValue) }
    }

    /// The task that a worker carries, or carried last.
    static func latestTask(
        of worker: String,
        in workspace: OpenWorkspace
    ) throws(CommandError) -> (run: RunID, task: TaskID) {
        guard case .worker(let worker) = try workspace.target(worker, .worker),
            let latest = workspace.state.latest(of: worker), let task = latest.worker.lastTask
        else { throw CommandError(.noTask, "worker \(worker) has carried nothing yet") }
        return (latest.run, task)
    }

    /// How the task ended, for people.
    static func text(_ task: TaskState, of run: RunID, now: Timestamp) -> String {
        let attempt = task.attempts.last
        let number = attempt.map { " #\($0.number)" } ?? ""
        let time = attempt?.seconds(at: now).map { " after \(Wording.duration($0))" } ?? ""
        let failure = task.status == .passed ? "" : task.failure.map { ", \($0.class.rawValue): \($0.message)" } ?? ""
        return TerminalText.line("\(run)/\(task.id)\(number): \(task.status.rawValue)\(time)\(failure)") + "\n"
    }

    /// How the task ended, for programs.
    static func json(_ task: TaskState, of run: RunID) -> JSONObject {
        .answer("restart", ["run_id": .string(run.rawValue), "task": .object(task.json)])
    }
}

extension Result where Failure == any Error {
    /// What came of an asynchronous piece of work.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
