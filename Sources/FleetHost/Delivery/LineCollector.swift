import NIOConcurrencyHelpers
import NIOCore

/// Collects the lines that a command prints, up to a bound, and closes the channel when they have ended.
final class LineCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// What was printed; read from any thread.
    final class Box: Sendable {
        fileprivate let bytes = NIOLockedValueBox<[UInt8]>([])

        /// The lines so far.
        var lines: [String] {
            bytes.withLockedValue { $0 }.split(separator: UInt8(ascii: "\n"))
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// More than this is not kept.
    private static let limit = 64 << 10

    private let box: Box

    init(_ box: Box) { self.box = box }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data).readableBytesView
        box.bytes.withLockedValue { if $0.count + part.count <= Self.limit { $0 += part } }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
