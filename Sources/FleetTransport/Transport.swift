public import NIOCore

/// A way to reach one host: it opens authenticated sessions, on which commands run over byte channels.
///
/// Every transport owes what the conformance suite checks. In short: nothing ever prompts or touches a terminal; a
/// failure is a ``TransportError`` of its own kind, within the connect timeout; values of variables stand in no
/// argument and no message; a channel whose end was not seen has an unknown end, never an exit code of 0.
public protocol Transport: Sendable {
    /// The name that specs and tables use: `local`, `system`, `libssh2`.
    var name: String { get }

    /// Opens a session.
    ///
    /// - Returns: the session.
    /// - Throws: ``TransportError``, and `CancellationError` where the task was cancelled; then nothing is left open.
    func connect() async throws -> any Session
}

/// An authenticated session on a host.
public protocol Session: Sendable {
    /// Runs a command on the host, its standard input and output joined to a channel of bytes.
    ///
    /// - Parameters:
    ///   - request: the command and the variables that it is given.
    ///   - configure: adds the handlers that read and write the channel; runs once, on its event loop, before any byte
    ///     of the command's does.
    /// - Returns: the command's channel.
    /// - Throws: ``TransportError``; then no process and no descriptor is left.
    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel

    /// Ends the session and every channel on it, and returns when nothing of it is left here.
    func close() async
}

/// A session that learns how many channels its connections take.
package protocol LimitedSession: Session {
    /// How many channels a connection takes; nil as long as none was refused.
    var channelLimit: Int? { get async }
}

/// A session whose connections carry several channels, and are counted.
package protocol CountedSession: Session {
    /// What the connections are, over all sessions that share them; nil where there are none to count.
    var connections: ConnectionCounts? { get async }
}

/// The connections to one endpoint, and what has become of them.
package struct ConnectionCounts: Sendable, Equatable {
    /// Connections that have authenticated.
    package var open = 0
    /// Those of them that carry no channel.
    package var idle = 0
    /// Channels on them.
    package var channels = 0
    /// Callers that wait for a channel.
    package var waiting = 0
    /// Handshakes that were begun, ever.
    package var connects = 0
    /// How often each class of failure happened, ever.
    package var failures: [String: Int] = [:]

    /// Nothing has happened yet.
    package init() {}
}

/// What to run on a channel.
public struct ChannelRequest: Sendable {
    /// The program and its arguments, none of which is secret.
    public var arguments: [String]
    /// Variables that the command is given; their values never stand in an argument, a file or a message.
    public var environment: [String: String]

    /// A request of its parts.
    public init(arguments: [String], environment: [String: String] = [:]) {
        self.arguments = arguments
        self.environment = environment
    }
}

/// A command that runs on a host.
public struct CommandChannel: Sendable {
    /// Standard input and output as bytes (`ByteBuffer`); closing it closes the command's standard input.
    public let channel: any NIOCore.Channel
    /// Succeeds when the command has ended and everything of it here is gone.
    public let end: EventLoopFuture<ChannelEnd>

    /// A channel of its parts.
    public init(channel: any NIOCore.Channel, end: EventLoopFuture<ChannelEnd>) {
        self.channel = channel
        self.end = end
    }
}

/// How a command on a channel ended.
public struct ChannelEnd: Sendable, Equatable {
    /// What is known of its status.
    public enum Status: Sendable, Equatable {
        /// It exited with this code.
        case code(Int32)
        /// This signal ended it; 0 where the host does not name it, as OpenSSH does for all but those of RFC 4254.
        case signal(Int32)
        /// The connection was lost, or nobody said.
        case unknown
    }

    /// What is known of its status.
    public var status: Status
    /// The last of what it wrote to standard error, at most 64 KiB, not trusted.
    public var diagnostics: String

    /// An end of its parts.
    public init(status: Status, diagnostics: String) {
        self.status = status
        self.diagnostics = diagnostics
    }
}
