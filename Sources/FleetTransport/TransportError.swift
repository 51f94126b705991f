/// Why a session or channel could not be opened, or was lost.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The kind's name.
        public let rawValue: String
        /// A kind of that name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The host could not be reached, or the connection was lost.
        public static let transport = Code(rawValue: "transport")
        /// The host refused who we are.
        public static let authentication = Code(rawValue: "authentication")
        /// The host is not who it should be.
        public static let hostKey = Code(rawValue: "host_key")
        /// A variable did not arrive.
        public static let environment = Code(rawValue: "environment")
        /// Something here is set up wrongly.
        public static let configuration = Code(rawValue: "configuration")
    }

    /// What exactly went wrong, finer than ``Code``; new ones may be added.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        /// The reason's name.
        public let rawValue: String
        /// A reason of that name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Nothing listens on the port.
        public static let refused = Reason(rawValue: "refused")
        /// Nobody answered within the connect timeout.
        public static let timeout = Reason(rawValue: "timeout")
        /// The name has no address.
        public static let unresolvable = Reason(rawValue: "unresolvable")
        /// There is no way to the host's network.
        public static let unreachable = Reason(rawValue: "unreachable")
        /// The other end closed the connection before a session was there.
        public static let closed = Reason(rawValue: "closed")
        /// The host takes no more connections at the moment (sshd's MaxStartups and PerSourcePenalties).
        public static let busy = Reason(rawValue: "busy")
        /// What answers on the port does not speak SSH.
        public static let notSSH = Reason(rawValue: "not_ssh")
        /// The two ends have no algorithm in common.
        public static let negotiation = Reason(rawValue: "negotiation")
        /// A connection that was there is gone.
        public static let lost = Reason(rawValue: "lost")
        /// The host takes no more sessions on this connection.
        public static let sessionRefused = Reason(rawValue: "session_refused")
        /// None of our keys was accepted.
        public static let denied = Reason(rawValue: "denied")
        /// None of our keys was accepted or could be shown, and the host takes something else, which another transport can
        /// show.
        public static let otherMethod = Reason(rawValue: "other_method")
        /// The key's file is encrypted, and no agent holds the key.
        public static let encryptedKey = Reason(rawValue: "encrypted_key")
        /// The key's file is missing, or cannot be used.
        public static let badKeyFile = Reason(rawValue: "bad_key_file")
        /// Nothing is known of the host's key.
        public static let unknownHostKey = Reason(rawValue: "unknown_host_key")
        /// Another key is known for the host.
        public static let changedHostKey = Reason(rawValue: "changed_host_key")
        /// The host's key was revoked.
        public static let revokedHostKey = Reason(rawValue: "revoked_host_key")
        /// The host's key is not the pinned one.
        public static let pinMismatch = Reason(rawValue: "pin_mismatch")
        /// The account may not run commands.
        public static let restricted = Reason(rawValue: "restricted")
        /// This transport cannot do what is asked for; another can.
        public static let unsupported = Reason(rawValue: "unsupported")
        /// The ssh client or its configuration is at fault.
        public static let client = Reason(rawValue: "client")
    }

    /// The kind.
    public var code: Code
    /// What exactly went wrong; nil where there is no more to say.
    public var reason: Reason?
    /// What happened, naming the host and the operation.
    public var message: String
    /// What the user can do, where there is something.
    public var hint: String?

    /// An error of its parts.
    public init(_ code: Code, _ message: String, reason: Reason? = nil, hint: String? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.hint = hint
    }

    /// The message, and the hint in brackets.
    public var description: String { hint.map { "\(message) (\($0))" } ?? message }
}
