import ArgumentParser
import FleetCore

/// What `run` takes beyond the options of every verb.
struct RunArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many local workers a spec without workers has (default: the number of processors).",
            valueName: "n"
        )
    )
    var maxWorkers: Int?

    @Option(help: ArgumentHelp("A file of workers, in place of those in the spec.", valueName: "file"))
    var workers: String?

    @Option(
        help: ArgumentHelp("What carries connections to ssh hosts: system or auto, in place of what the workers say.")
    )
    var transport: TransportChoice?

    @Option(help: PollInterval.help, transform: PollInterval.seconds)
    var pollInterval: Double?

    @Flag(help: "Leave a manager behind that goes on after this process, and print the run's id.")
    var detach = false

    @Flag(help: "Show which task could go to which worker, and run nothing.")
    var dryRun = false

    @Flag(help: "Cancel what waits as soon as a task has failed.")
    var failFast = false

    @Argument(help: "The spec: a file, or - for standard input.")
    var spec: String

    func validate() throws {
        if let maxWorkers, !(1...SpecBounds.workers).contains(maxWorkers) {
            throw ValidationError("--max-workers: a number from 1 to \(SpecBounds.workers)")
        }
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
