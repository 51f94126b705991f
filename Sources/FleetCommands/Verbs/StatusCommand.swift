import ArgumentParser
import FleetCore
import FleetHost
import FleetLedger
import FleetManager

/// `codewhale fleet status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the runs of the workspace stand, or the tasks and workers of one.",
        discussion: """
            Without a run: those that go on, and the last \(Status.shownEndedRuns) that have ended. It is what the \
            ledger says; where a run's manager is gone, --refresh asks the hosts first, and the exit code is 69 where \
            one of them could not be reached. --watch shows it anew with \
            every change, until Ctrl-C or the run's end; with --json, or where standard output is no terminal, it \
            prints every event, a line each.

            Example:
              codewhale fleet status --watch
            """
    )

    @OptionGroup var options: FleetOptions

    @Flag(help: "Go on showing what changes.")
    var watch = false

    @Flag(help: "Ask the hosts first what has ended in runs whose manager is gone.")
    var refresh = false

    @Argument(help: "The run (default: all).")
    var run: String?

    func run() async throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let run = try self.run.map { text throws(CommandError) in try workspace.runID(text) }
        var unreachable: [HostError] = []
        if refresh {
            let context = try Composition.managerContext(workspace.place, options: options)
            unreachable = try await Operations(context: context).refresh(only: run)
            try workspace.ledger.refresh()
            for error in unreachable { console.note("warning: \(TerminalText.line(error.description))\n") }
        }
        if watch {
            let watch = StatusWatch(workspace: workspace, run: run, console: console, isJSON: options.json)
            return try await watch.run()
        }
        let status = try Status(workspace, run: run, now: System.now)
        if options.json {
            console.write(status.json)
        } else {
            console.write(status.text)
        }
        if !unreachable.isEmpty { throw ExitCode(CommandExit.unreachable.rawValue) }
    }
}
