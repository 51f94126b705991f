import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager

/// `codewhale fleet resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Drive a run whose manager is gone, to its end.",
        discussion: """
            Every host is asked what became of what was leased, started or being ended there. What runs goes on with \
            the same log, what has ended is recorded, what was to be ended is ended, and what is lost is leased again \
            by the retry policy. It is shown as run shows it, from now on. A run that a live manager drives is left \
            to it.

            Exit code: 0 where every task passed, 1 where one did not, 66 where there is no such run or it has ended, \
            69 where what is left waits for hosts that somebody has to see to, 75 where a live manager drives the run \
            or it was left before its end, 130 and 143 where signals interrupted it.

            Example:
              codewhale fleet resume 20260131-235959-ab12
            """
    )

    @OptionGroup var options: FleetOptions

    @Option(help: ArgumentHelp("What carries connections to ssh hosts, in place of what the workers say."))
    var transport: TransportChoice?

    @Flag(help: "Leave a manager behind that goes on after this process, and print the run's id.")
    var detach = false

    @Flag(help: "Cancel what waits as soon as a task has failed; a run that was begun so is driven so.")
    var failFast = false

    @Option(help: PollInterval.help, transform: PollInterval.seconds)
    var pollInterval: Double?

    @Argument(help: "The run.")
    var run: String

    func run() async throws {
        let console = Console.current
        console.onClosedOutput(.discard)
        let workspace = try OpenWorkspace(options, console: console)
        let run = try Self.liveRun(self.run, in: workspace)
        var context = try Composition.managerContext(workspace.place, options: options)
        if let pollInterval { context.pollSeconds = pollInterval }
        let driver = await Driver.ofProcess()
        let manager = try await Operations(context: context)
            .resume(run, failFast: failFast, transport: transport?.transport)
        if detach {
            let arguments = (failFast ? ["--fail-fast"] : []) + (transport.map { ["--transport", $0.rawValue] } ?? [])
            let detached = try await Detaching(context: context, options: options, arguments: arguments).leave(manager)
            return options.json ? console.write(detached.json("resume")) : console.write("\(detached.run)\n")
        }
        var session = DrivingSession(driver: driver, manager: manager, console: console, isJSON: options.json)
        session.isContinued = true
        let exit = try await session.run()
        if exit != .success { throw ExitCode(exit.rawValue) }
    }

    /// The run of an id, which goes on.
    ///
    /// - Throws: `noRun` where there is none, or where it has ended, with what can be done then.
    static func liveRun(_ text: String, in workspace: OpenWorkspace) throws(CommandError) -> RunID {
        let run = try workspace.runID(text)
        guard let status = workspace.state.summary(run)?.status else { return run }
        throw CommandError(
            .noRun,
            "run \(run) has ended: \(status.rawValue)",
            hint: "codewhale fleet restart WORKER runs a task of it again; codewhale fleet status \(run) shows them"
        )
    }
}
