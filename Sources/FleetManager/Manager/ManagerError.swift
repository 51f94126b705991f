/// Why a run could not be made or driven.
public struct ManagerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The kind's name.
        public let rawValue: String
        /// A kind of that name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The spec asks for what cannot be.
        public static let specification = Code(rawValue: "specification")
        /// There is no such run, task or worker.
        public static let notFound = Code(rawValue: "not_found")
        /// Another process drives the run.
        public static let busy = Code(rawValue: "busy")
        /// Something here is set up wrongly.
        public static let configuration = Code(rawValue: "configuration")
    }

    /// The kind.
    public var code: Code
    /// What happened.
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
