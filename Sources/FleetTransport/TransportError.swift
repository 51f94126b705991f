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

    /// The kind.
    public var code: Code
    /// What happened, naming the host and the operation.
    public var message: String
    /// What the user can do, where there is something.
    public var hint: String?

    /// An error of its parts.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// The message, and the hint in brackets.
    public var description: String { hint.map { "\(message) (\($0))" } ?? message }
}
