public import NIOCore

/// Reaches this machine: a channel is a child process, joined to it by pipes.
///
/// The child is given the variables of its request and nothing else, and stands in a session of its own, so that a
/// Ctrl-C meant for this process does not reach it.
public struct LocalTransport: Transport {
    private let eventLoop: any EventLoop
    /// How long a child may go on after its channel was closed before it is killed.
    var closeGrace = TimeAmount.seconds(5)

    /// A transport whose channels run on `eventLoop`.
    public init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// `local`.
    public var name: String { "local" }

    /// A session on this machine, which is always there.
    public func connect() async throws -> any Session { LocalSession(eventLoop: eventLoop, closeGrace: closeGrace) }
}

/// A session on this machine, with nothing to it but its channels.
private final class LocalSession: Session {
    private let eventLoop: any EventLoop
    private let closeGrace: TimeAmount
    private let open: NIOLoopBoundBox<[ObjectIdentifier: CommandChannel]>

    init(eventLoop: any EventLoop, closeGrace: TimeAmount) {
        self.eventLoop = eventLoop
        self.closeGrace = closeGrace
        open = NIOLoopBoundBox.makeBoxSendingValue([:], eventLoop: eventLoop)
    }

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        let command =
            try await ProcessChannel.open(
                request,
                on: eventLoop,
                closeGrace: closeGrace,
                configure: configure
            )
            .command
        let id = ObjectIdentifier(command.channel)
        try await eventLoop.submit { [open] in open.value[id] = command }.get()
        command.end.whenComplete { [open] _ in open.value[id] = nil }
        return command
    }

    func close() async {
        let left = try? await eventLoop.submit { [open] in Array(open.value.values) }.get()
        for command in left ?? [] {
            command.channel.close(promise: nil)
            _ = try? await command.end.get()
        }
    }
}
