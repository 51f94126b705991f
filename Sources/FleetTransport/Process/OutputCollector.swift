import NIOConcurrencyHelpers
package import NIOCore

/// Collects what a command prints, up to a bound: of what is over that, nothing is kept, and it is told.
package final class OutputCollector: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    /// What was printed; read from any thread.
    package final class Box: Sendable {
        private struct State {
            var bytes: [UInt8] = []
            var noise = 0
            var isOver = false
        }

        private let limit: Int
        private let state = NIOLockedValueBox(State())

        /// An empty one that takes at most so many bytes.
        package init(limit: Int = 64 << 10) { self.limit = limit }

        /// The output so far, not trusted.
        package var text: String { String(decoding: state.withLockedValue { $0.bytes }, as: UTF8.self) }

        /// The lines of it.
        package var lines: [String] { text.split(separator: "\n").map(String.init) }

        /// How many bytes the login shell printed before.
        package var noise: Int { state.withLockedValue { $0.noise } }

        /// Whether there was more than is kept.
        package var isOver: Bool { state.withLockedValue { $0.isOver } }

        fileprivate func add(_ part: ByteBufferView) {
            state.withLockedValue { state in
                if state.isOver || state.bytes.count + part.count > limit {
                    state.isOver = true
                } else {
                    state.bytes += part
                }
            }
        }

        fileprivate func note(_ noise: ShellNoise) { state.withLockedValue { $0.noise = noise.bytes } }
    }

    private let box: Box
    private let closesAtEnd: Bool

    /// A collector into a box.
    ///
    /// - Parameters:
    ///   - box: what it fills.
    ///   - closesAtEnd: whether the channel is closed when the output has ended.
    package init(_ box: Box, closesAtEnd: Bool) {
        self.box = box
        self.closesAtEnd = closesAtEnd
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        box.add(unwrapInboundIn(data).readableBytesView)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let noise = event as? ShellNoise { box.note(noise) }
        if closesAtEnd, case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
