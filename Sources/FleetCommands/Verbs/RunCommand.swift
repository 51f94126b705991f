import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager

/// `codewhale fleet run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the tasks of a spec, to the end.",
        discussion: """
            The spec is JSON or TOML: an object with tasks, or an array of them. Where there is no workspace yet, one \
            is made. On a terminal the run is shown as it goes on; elsewhere every event is a line, with --json an \
            object.

            Ctrl-C (or TERM): no more tasks are started, and what runs may finish; once more: it is interrupted.

            Exit code: 0 where every task passed, 1 where one did not, 65 where the spec is at fault, 75 where it was \
            left before its end (codewhale fleet resume goes on with it), 130 and 143 where signals interrupted it.

            Example:
              codewhale fleet run .codewhale/example.json --max-workers 4
            """
    )

    @OptionGroup var options: FleetOptions

    @OptionGroup var runOptions: RunArguments

    func validate() throws {
        if runOptions.detach, runOptions.dryRun { throw ValidationError("--detach and --dry-run do not go together") }
    }

    func run() async throws {
        let console = Console.current
        // Tasks go on where nobody reads of them any more.
        console.onClosedOutput(.discard)
        let plan = try RunPlan(runOptions)
        for note in plan.notes { console.note("note: \(note)\n") }
        if runOptions.dryRun { return try Self.showDryRun(plan, console: console, isJSON: options.json) }
        let workspace = try Self.workspace(options, console: console)
        var context = try Composition.managerContext(workspace, options: options)
        if let seconds = runOptions.pollInterval { context.pollSeconds = seconds }
        if runOptions.detach {
            let detached = try await Detaching(context: context, options: options).run(plan)
            return options.json ? console.write(detached.json("run")) : console.write("\(detached.run)\n")
        }
        let driver = await Driver.ofProcess()
        let manager = try await RunManager.create(spec: plan.spec, options: plan.options, context: context)
        let session = DrivingSession(driver: driver, manager: manager, console: console, isJSON: options.json)
        let exit = try await session.run()
        if exit != .success { throw ExitCode(exit.rawValue) }
    }

    /// The workspace of the options, made where it is not there.
    private static func workspace(_ options: FleetOptions, console: Console) throws(CommandError) -> Workspace {
        let workspace = try options.workspacePlace()
        // Opened for what is to be told of its ledger before anything is added.
        guard !workspace.isInitialized else { return try OpenWorkspace(options, console: console).place }
        do {
            if try workspace.initialize() { console.note("made a workspace in \(TerminalText.line(workspace.root))\n") }
        } catch {
            throw CommandError(error)
        }
        return workspace
    }

    private static func showDryRun(_ plan: RunPlan, console: Console, isJSON: Bool) throws {
        let report = DryRunReport(DryRun(spec: plan.spec, options: plan.options), name: plan.spec.name)
        if isJSON { console.write(report.json) } else { console.write(report.text) }
        if !report.isRunnable { throw ExitCode(CommandExit.badSpec.rawValue) }
    }
}
