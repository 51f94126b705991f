import FleetCore

/// Why a verb did not do what it was asked: a sentence, what to do about it, and the exit code.
struct CommandError: Error, Sendable, CustomStringConvertible {
    /// The kinds of error; there may be more in a later version.
    struct Code: RawRepresentable, Sendable, Hashable {
        /// The name, as it stands in the JSON form.
        let rawValue: String

        /// The arguments make no sense.
        static let usage = Self(rawValue: "usage")
        /// The spec is at fault.
        static let badSpec = Self(rawValue: "bad_spec")
        /// There is no such spec.
        static let noSpec = Self(rawValue: "no_such_spec")
        /// There is no workspace.
        static let noWorkspace = Self(rawValue: "no_workspace")
        /// There is no such run.
        static let noRun = Self(rawValue: "no_such_run")
        /// The records of a run are gone: its archive is not there, or tells nothing.
        static let noRecords = Self(rawValue: "no_records")
        /// There is no such worker.
        static let noWorker = Self(rawValue: "no_such_worker")
        /// There is no such task.
        static let noTask = Self(rawValue: "no_such_task")
        /// There is no such attempt, or it left no such thing.
        static let noAttempt = Self(rawValue: "no_such_attempt")
        /// A host could not be reached.
        static let unreachable = Self(rawValue: "unreachable")
        /// The workspace cannot be written, or is not one.
        static let workspace = Self(rawValue: "workspace")
        /// The configuration is at fault.
        static let configuration = Self(rawValue: "configuration")
        /// A file or directory that was asked for cannot be made.
        static let cannotCreate = Self(rawValue: "cannot_create")
        /// What was found is not what the receipt says.
        static let mismatch = Self(rawValue: "mismatch")
        /// Another process is at it.
        static let busy = Self(rawValue: "busy")
        /// The manager stopped before the end.
        static let stopped = Self(rawValue: "stopped")
        /// Anything else that the system refused.
        static let system = Self(rawValue: "system")
    }

    /// The kind.
    var code: Code
    /// What happened, in a sentence without a full stop.
    var message: String
    /// What to do about it.
    var hint: String?
    /// What is wrong with the spec, place by place.
    var faults: [SpecFault] = []
    /// How many more faults there are, which were only counted.
    var omittedFaults = 0

    /// An error of a kind.
    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The exit code that goes with the kind.
    var exit: CommandExit {
        switch code {
        case .usage: .usage
        case .badSpec: .badSpec
        case .noSpec, .noWorkspace, .noRun, .noRecords, .noWorker, .noTask, .noAttempt: .notFound
        case .unreachable: .unreachable
        case .workspace, .cannotCreate: .workspace
        case .configuration: .configuration
        case .mismatch: .failure
        case .busy, .stopped: .stopped
        default: .software
        }
    }

    /// The message, and the hint after it.
    var description: String { hint.map { "\(message); \($0)" } ?? message }
}
