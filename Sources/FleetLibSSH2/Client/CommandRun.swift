import FleetTransport
import NIOConcurrencyHelpers
import NIOCore

/// One command on a host, from its start to its end.
struct CommandRun: Sendable {
    private let session: any Session
    private let host: String

    /// A command of a session's; `host` is the host in messages.
    init(_ session: any Session, _ host: String) {
        self.session = session
        self.host = host
    }

    /// Runs it to its end.
    func result(
        _ request: ChannelRequest,
        input: some Collection<UInt8>,
        outputLimit: Int
    ) async throws -> CommandResult {
        let output = OutputKeeper.Box(limit: outputLimit)
        let over = NIOLockedValueBox<EventLoopFuture<Void>?>(nil)
        let command = try await session.openChannel(request) { channel in
            let promise = channel.eventLoop.makePromise(of: Void.self)
            over.withLockedValue { $0 = promise.futureResult }
            try channel.pipeline.syncOperations.addHandler(OutputKeeper(output, over: promise))
        }
        send(input, to: command)
        let end = try await end(of: command, after: over.withLockedValue { $0 })
        return CommandResult(
            status: end.status,
            output: output.bytes,
            droppedBytes: output.dropped,
            diagnostics: end.diagnostics
        )
    }

    /// Runs it while `body` reads its lines; nil where `body` did not read them to their end.
    func lines(
        _ request: ChannelRequest,
        input: some Collection<UInt8>,
        _ body: (CommandLines) async throws -> Void
    ) async throws -> ChannelEnd? {
        let box = NIOLockedValueBox<NIOAsyncChannel<ByteBuffer, Never>?>(nil)
        let command = try await session.openChannel(request) { channel in
            let made = try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
            box.withLockedValue { $0 = made }
        }
        guard let channel = box.withLockedValue({ $0 }) else { throw lost }
        send(input, to: command)
        let isOver = NIOLockedValueBox(false)
        return try await channel.executeThenClose { pieces in
            try await body(CommandLines(pieces: pieces, isOver: isOver))
            try Task.checkCancellation()
            return isOver.withLockedValue { $0 } ? try await end(of: command, after: nil) : nil
        }
    }

    /// A command that reads less than it is sent is no failure.
    private func send(_ input: some Collection<UInt8>, to command: CommandChannel) {
        if !input.isEmpty { command.channel.writeAndFlush(ByteBuffer(bytes: input), promise: nil) }
        command.channel.close(mode: .output, promise: nil)
    }

    /// The command's end, where it is known; a cancelled task leaves the command at once.
    private func end(of command: CommandChannel, after output: EventLoopFuture<Void>?) async throws -> ChannelEnd {
        let promise = command.end.eventLoop.makePromise(of: ChannelEnd.self)
        (output ?? command.end.eventLoop.makeSucceededVoidFuture()).flatMap { command.end }.cascade(to: promise)
        let end = try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            command.channel.close(promise: nil)
            // What comes second is without effect.
            promise.fail(CancellationError())
        }
        guard end.status != .unknown else { throw lost }
        return end
    }

    private var lost: TransportError {
        TransportError(
            .transport,
            "\(host): the connection was lost before the command's end was known",
            reason: .lost
        )
    }
}
