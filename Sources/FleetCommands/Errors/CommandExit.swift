/// The exit codes of the command line, after `sysexits.h` where it has one.
enum CommandExit: Int32, Sendable {
    /// Done; where tasks were run, every one passed.
    case success = 0
    /// A task did not pass, or an end could not be confirmed.
    case failure = 1
    /// The arguments make no sense.
    case usage = 64
    /// The spec is at fault.
    case badSpec = 65
    /// There is no such spec, run, worker, task or workspace.
    case notFound = 66
    /// A host could not be reached.
    case unreachable = 69
    /// This program is at fault.
    case software = 70
    /// The workspace, or another place that was named, cannot be written.
    case workspace = 73
    /// The manager stopped before the run's end.
    case stopped = 75
    /// The configuration is at fault.
    case configuration = 78
    /// Ended by INT.
    case interrupted = 130
    /// Ended by TERM.
    case terminated = 143
}
