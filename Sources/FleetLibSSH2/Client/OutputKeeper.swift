import NIOConcurrencyHelpers
import NIOCore

/// Keeps the first of what a command prints, and counts the rest.
final class OutputKeeper: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// What was printed; read from any thread.
    final class Box: Sendable {
        private let limit: Int
        private let state = NIOLockedValueBox((bytes: [UInt8](), dropped: 0))

        /// An empty one that keeps so many bytes.
        init(limit: Int) { self.limit = limit }

        /// The first of the output.
        var bytes: [UInt8] { state.withLockedValue { $0.bytes } }
        /// How many bytes came after those.
        var dropped: Int { state.withLockedValue { $0.dropped } }

        fileprivate func add(_ part: ByteBufferView) {
            state.withLockedValue { state in
                let room = min(part.count, max(0, limit - state.bytes.count))
                state.bytes += part.prefix(room)
                state.dropped += part.count - room
            }
        }
    }

    private let box: Box
    private var over: EventLoopPromise<Void>?

    /// A handler that fills `box`, and fulfils `over` when nothing more comes.
    init(_ box: Box, over: EventLoopPromise<Void>) {
        self.box = box
        self.over = over
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { box.add(unwrapInboundIn(data).readableBytesView) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func finish() {
        over?.succeed()
        over = nil
    }
}
