import ArgumentParser
import FleetCore
import FleetManager

/// `codewhale fleet drive`: what `run --detach` leaves behind; not for people.
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

    @Option(help: PollInterval.help, transform: PollInterval.seconds)
    var pollInterval: Double?

    @Argument(help: "The run.")
    var run: String

    func run() async throws {
        let console = Console.current
        console.onClosedOutput(.discard)
        let workspace = try OpenWorkspace(options, console: console)
        let run = try workspace.runID(self.run)
        var context = try Composition.managerContext(workspace.place, options: options)
        if let pollInterval { context.pollSeconds = pollInterval }
        let driver = await Driver.ofProcess()
        let manager = try await RunManager.takeOver(run, purpose: .drive, failFast: failFast, context: context)
        guard let manager else { throw CommandError(.busy, "run \(run) is driven by another process") }
        let session = DrivingSession(driver: driver, manager: manager, console: console, isJSON: options.json)
        let exit = try await session.run()
        if exit != .success { throw ExitCode(exit.rawValue) }
    }
}
