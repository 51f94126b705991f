import NIOCore

/// Tells that the child closed its output, or that the channel is gone.
final class OutputEndHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var promise: EventLoopPromise<Void>?

    init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { tell() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        tell()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { tell() }

    private func tell() {
        promise?.succeed()
        promise = nil
    }
}

/// Keeps the last 64 KiB that a child wrote to standard error.
final class DiagnosticsHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static let limit = 64 << 10
    private var bytes: [UInt8] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        if bytes.count > Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }
}
