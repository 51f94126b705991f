/// Why an attempt, or a task, did not pass.
///
/// The names are those of the documents and of the ledger.
public enum FailureClass: String, Sendable, Hashable, CaseIterable {
    /// The program ended with another exit code than 0, or by a signal of its own.
    case task
    /// The program ran longer than it may.
    case timeout
    /// The connection to the host failed.
    case transport
    /// The host refused the login.
    case authentication
    /// The host's key is unknown or another one.
    case hostKey = "host_key"
    /// A variable did not arrive, or the working directory is not usable.
    case environment
    /// Something is to be configured first: no such program, no agent.
    case configuration
    /// An expected artifact is not there.
    case artifact
    /// The scorer did not accept the result.
    case scorer
    /// What became of the attempt cannot be found out any more.
    case lost
    /// Somebody interrupted it.
    case interrupted
    /// Somebody stopped it, or what it depends on did not pass.
    case cancelled
}
