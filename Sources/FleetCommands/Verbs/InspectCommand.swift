import ArgumentParser
import FleetCore

/// `codewhale fleet inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show everything that is known of a worker, a run or a task.",
        discussion: """
            Attempts with their times, exits, failures, use of the machine, logs and artifacts.

            Example:
              codewhale fleet inspect local-1
            """
    )

    @OptionGroup var options: FleetOptions

    @Argument(help: ArgumentHelp("The worker, run or task.", valueName: "worker | run | run/task"))
    var target: String

    func run() throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let inspection = try Self.inspect(target, in: workspace, now: System.now)
        if options.json {
            console.write(inspection.json)
        } else {
            console.write(inspection.text)
        }
    }

    /// What there is to tell of a target.
    static func inspect(
        _ target: String,
        in workspace: OpenWorkspace,
        now: Timestamp
    ) throws(CommandError) -> any Inspection {
        switch try workspace.target(target, [.run, .task, .worker]) {
        case .run(let run): return RunInspection(try workspace.run(run), in: workspace, now: now)
        case .task(let run, let task): return try TaskInspection(task, of: workspace.run(run), now: now)
        case .worker(let worker): return try WorkerInspection(worker, in: workspace, now: now)
        }
    }
}
