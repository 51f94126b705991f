/// Why a handshake came to nothing.
enum ConnectFailure: String, Hashable, Sendable, CaseIterable {
    /// The host did not accept who we are.
    case authentication
    /// The host is not who it should be.
    case hostKey = "host_key"
    /// Something is set up wrongly, here or there.
    case configuration
    /// Nothing listens, nothing leads there, or the name has no address.
    case unreachable
    /// Nobody answered within the connect timeout.
    case timeout
    /// The host closed the connection before it had said who it is.
    case dropped
    /// The host said that it takes no more for the moment, as sshd does beyond its MaxStartups.
    case busy

    /// Whether another try could not end better.
    var isFinal: Bool {
        switch self {
        case .authentication, .hostKey, .configuration: true
        case .unreachable, .timeout, .dropped, .busy: false
        }
    }
}

/// Why a caller gets no channel.
struct PoolFailure: Hashable, Sendable {
    /// The kinds of failure.
    enum Kind: Hashable, Sendable {
        /// No connection could be had.
        case connect(ConnectFailure)
        /// The connection was lost when the command had been sent, which may have begun; or several were, one after the
        /// other, while the channel was being opened.
        case lost
        /// One connection after the other refused the channel, although nothing ran on it.
        case refused
        /// The channel could not be opened, for a reason that the executor knows.
        case channel
        /// No channel came free for as long as the caller would wait.
        case impatient
        /// The pool is shut down.
        case closed
        /// The caller was cancelled.
        case cancelled
    }

    /// The kind.
    let kind: Kind
    /// The connection whose failure it is, where it is one's; the executor knows the details.
    ///
    /// It is the one that was just spoken of, or the last that failed to connect.
    let connection: ConnectionID?

    /// A failure of its parts.
    init(_ kind: Kind, of connection: ConnectionID? = nil) {
        self.kind = kind
        self.connection = connection
    }
}
