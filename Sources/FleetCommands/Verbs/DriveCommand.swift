import ArgumentParser
import FleetCore
import FleetManager

/// `codewhale fleet drive`: what `--detach` leaves behind; not for people.
struct DriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive",
        abstract: "Drive a run that was made before, to the end.",
        discussion: """
            Example:
              codewhale fleet drive 20260131-235959-ab12
            """,
        shouldDisplay: false
    )

    @OptionGroup var options: FleetOptions

    @Flag(help: "Cancel what waits as soon as a task has failed.")
    var failFast = false

    @Option(help: "What carries connections to ssh hosts, in place of what the workers say.")
    var transport: TransportChoice?

    @Option(help: PollInterval.help, transform: PollInterval.seconds)
    var pollInterval: Double?

    @Argument(help: "The run.")
    var run: String

    func run() async throws {
        let console = Console.current
        console.onClosedOutput(.discard)
        // Who logs out hangs up, also where a session's end is told to every process of it.
        System.ignoreHangUps()
        let workspace = try OpenWorkspace(options, console: console)
        let run = try workspace.runID(self.run)
        var context = try Composition.managerContext(workspace.place, options: options)
        if let pollInterval { context.pollSeconds = pollInterval }
        let driver = await Driver.ofProcess()
        let manager = try await Operations(context: context)
            .resume(run, failFast: failFast, transport: transport?.transport)
        let session = DrivingSession(driver: driver, manager: manager, console: console, isJSON: options.json)
        let exit = try await session.run()
        if exit != .success { throw ExitCode(exit.rawValue) }
    }
}
