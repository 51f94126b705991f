/// What a check found on a host, and what to do about it.
struct Finding: Sendable, Equatable {
    /// How bad it is.
    enum Severity: String, Sendable, CaseIterable {
        case ok
        /// Runs work, but not as well as they could.
        case warning
        /// Runs do not work.
        case error
    }

    /// What is checked.
    enum Check: String, Sendable, CaseIterable {
        case client
        case agent
        case transport
        case configuration
        case identity
        case reachable
        case hostKey = "host_key"
        case authentication
        case shell
        case supervisor
        case state
        case variable
        case workingDirectory = "working_directory"
        case home
        case program
        case sessions
        case clock
        case logind
        case roundTrip = "round_trip"
    }

    /// How bad it is.
    var severity: Severity
    /// What was checked.
    var check: Check
    /// Which one of several: a variable's name, a path.
    var subject: String?
    /// What was found; it may hold text from the host, bounded.
    var found: String
    /// What to do about it; nil where there is nothing to do.
    var remedy: String?

    /// Something that works.
    static func ok(_ check: Check, of subject: String? = nil, _ found: String) -> Finding {
        Finding(severity: .ok, check: check, subject: subject, found: found)
    }

    /// Something that works, but not as well as it could.
    static func warning(_ check: Check, of subject: String? = nil, _ found: String, remedy: String) -> Finding {
        Finding(severity: .warning, check: check, subject: subject, found: found, remedy: remedy)
    }

    /// Something that does not work.
    static func error(_ check: Check, of subject: String? = nil, _ found: String, remedy: String?) -> Finding {
        Finding(severity: .error, check: check, subject: subject, found: found, remedy: remedy)
    }
}
