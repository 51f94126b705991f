import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager

/// `codewhale fleet interrupt`.
struct InterruptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interrupt",
        abstract: "Interrupt what a worker carries, verified.",
        discussion: """
            INT first, TERM and KILL where that does not help. The tasks end interrupted and are not tried again; the \
            worker takes others. It works with the run's manager alive or gone. The exit code is 1 where an end could \
            not be confirmed.

            Example:
              codewhale fleet interrupt local-1
            """
    )

    @OptionGroup var options: FleetOptions

    @Argument(help: "The worker.")
    var worker: String

    func run() async throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        guard case .worker(let worker) = try workspace.target(self.worker, .worker) else { return }
        let context = try Composition.managerContext(workspace.place, options: options)
        let attempts = try await Operations(context: context).end(.worker(worker), mode: .interrupt)
        let report = EndReport(verb: "interrupt", attempts: attempts, nothing: "worker \(worker) carries nothing")
        try report.write(to: console, isJSON: options.json)
    }
}

extension EndReport {
    /// Writes it, and ends the verb.
    ///
    /// - Throws: the exit code where something could not be confirmed.
    func write(to console: Console, isJSON: Bool) throws(ExitCode) {
        if isJSON { console.write(json) } else { console.write(text) }
        if !isConfirmed { throw ExitCode(CommandExit.failure.rawValue) }
    }
}
