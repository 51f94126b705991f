import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager

/// How a run is driven: what `run`, `resume` and the manager that `--detach` leaves behind take alike.
struct DrivingArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What carries connections to ssh hosts: system, libssh2 or auto, in place of what the workers say."
        )
    )
    var transport: TransportChoice?

    @Option(help: PollInterval.help, transform: PollInterval.seconds)
    var pollInterval: Double?

    @Flag(help: "Cancel what waits as soon as a task has failed; a run that was begun so is driven so.")
    var failFast = false

    /// What another manager is told to drive a run so, but for the interval, which is always told.
    var words: [String] {
        (failFast ? ["--fail-fast"] : []) + (transport.map { ["--transport", $0.rawValue] } ?? [])
    }

    /// What a manager works with, for this process.
    ///
    /// - Throws: as ``Composition/managerContext(_:options:)``.
    func managerContext(_ workspace: Workspace, options: FleetOptions) throws(CommandError) -> ManagerContext {
        var context = try Composition.managerContext(workspace, options: options)
        if let pollInterval { context.pollSeconds = pollInterval }
        return context
    }
}

/// What carries connections to ssh hosts.
enum TransportChoice: String, ExpressibleByArgument, CaseIterable {
    case system
    case libssh2
    case auto
}

extension TransportChoice {
    /// The transport of a spec.
    var transport: SSHHostSpec.Transport? { SSHHostSpec.Transport(rawValue: rawValue) }
}
