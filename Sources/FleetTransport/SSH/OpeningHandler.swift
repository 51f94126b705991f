package import NIOCore

/// How much the host printed before the command ran; fired through the channel when it does.
package struct ShellNoise: Sendable {
    /// In bytes.
    package let bytes: Int
}

/// Drops what a host prints before a command of ours runs, and tells when it does.
///
/// Login shells print what they like: nothing before the marker's line is passed on. Runs on the channel's event loop.
package final class OpeningHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    /// More noise than this is no login shell's.
    static let noiseLimit = 1 << 20

    /// Why a channel did not open.
    package enum Failure: Error {
        /// It ended before.
        case ended
        /// There was more noise than is taken.
        case noise
    }

    private let marker: [UInt8]
    private var promise: EventLoopPromise<Void>?
    private let configure: (any Channel) throws -> Void
    private var buffer: [UInt8] = []
    private var noise = 0

    /// Fulfils `promise` when the marker's line has come; fails it with ``Failure`` where it cannot come any more.
    ///
    /// Only then `configure` adds the handlers of who asked for the channel: those never see a client that did not get
    /// there, and after which another is tried.
    package init(marker: String, promise: EventLoopPromise<Void>, configure: @escaping (any Channel) throws -> Void) {
        self.configure = configure
        self.marker = Array(marker.utf8) + [UInt8(ascii: "\n")]
        self.promise = promise
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard promise != nil else {
            context.fireChannelRead(data)
            return
        }
        buffer.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        if let range = buffer.firstRange(of: marker) {
            let rest = buffer[range.upperBound...]
            do {
                try configure(context.channel)
            } catch {
                promise?.fail(error)
                promise = nil
                return
            }
            context.fireUserInboundEventTriggered(ShellNoise(bytes: noise + range.lowerBound))
            if !rest.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: rest))) }
            buffer = []
            promise?.succeed()
            promise = nil
            return
        }
        let dropped = max(0, buffer.count - marker.count + 1)
        buffer.removeSubrange(..<dropped)
        noise += dropped
        if noise > Self.noiseLimit { fail(.noise) }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { fail(.ended) }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        fail(.ended)
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { fail(.ended) }

    private func fail(_ failure: Failure) {
        promise?.fail(failure)
        promise = nil
    }
}
