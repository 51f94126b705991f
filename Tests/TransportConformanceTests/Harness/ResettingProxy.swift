import Foundation
import NIOCore
import NIOPosix
import TestServers

/// Carries connections of the loopback interface on to a server, until it does them some harm.
final class ResettingProxy: Sendable {
    /// What it does to what it carries.
    enum Harm: Sendable {
        /// Closes both ends in order when the client says something.
        case endsAtNextWord
        /// Changes a byte of what the server says next.
        case damagesNextAnswer
    }

    /// Where it listens.
    let port: Int
    private let channels: Watched<[any Channel]>
    private let harm: Watched<Harm?>
    /// How many connections of clients have ended.
    let ends: Watched<Int>

    private init(port: Int, channels: Watched<[any Channel]>, harm: Watched<Harm?>, ends: Watched<Int>) {
        (self.port, self.channels, self.harm, self.ends) = (port, channels, harm, ends)
    }

    /// From now on, once.
    func harm(_ harm: Harm) { self.harm.change { $0 = harm } }

    /// Starts one, for as long as the case runs.
    static func start(_ site: TransportSite, to target: Int) async throws -> ResettingProxy {
        let channels = Watched<[any Channel]>([])
        let harm = Watched<Harm?>(nil)
        let ends = Watched(0)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                ClientBootstrap(group: channel.eventLoop)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture {
                            try far.pipeline.syncOperations.addHandler(
                                PassingHandler(to: channel, isClient: false, harm)
                            )
                        }
                    }
                    .connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { far in
                        channels.change { $0 += [channel, far] }
                        channel.closeFuture.whenComplete { _ in ends.change { $0 += 1 } }
                        try channel.pipeline.syncOperations.addHandler(PassingHandler(to: far, isClient: true, harm))
                        try channel.syncOptions?.setOption(.autoRead, value: true)
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        site.onEnd {
            try await server.close().get()
            for channel in channels.value { try? await channel.close().get() }
        }
        guard let port = server.localAddress?.port else { throw Command.Failure("no port") }
        return ResettingProxy(port: port, channels: channels, harm: harm, ends: ends)
    }

    /// Resets every connection: a close that does not linger is one.
    func reset() async throws {
        for channel in channels.value where channel.isActive {
            guard let socket = channel as? any SocketOptionProvider else { continue }
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try? await channel.close().get()
        }
        channels.change { $0 = [] }
    }
}

private final class PassingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let isClient: Bool
    private let harm: Watched<ResettingProxy.Harm?>

    init(to other: any Channel, isClient: Bool, _ harm: Watched<ResettingProxy.Harm?>) {
        (self.other, self.isClient, self.harm) = (other, isClient, harm)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch harm.value {
        case .endsAtNextWord where isClient:
            harm.change { $0 = nil }
            context.close(promise: nil)
            other.close(promise: nil)
            return
        case .damagesNextAnswer where !isClient:
            harm.change { $0 = nil }
            // The last byte: of what vouches for the message, and not of its length.
            let place = bytes.writerIndex - 1
            if let byte = bytes.getInteger(at: place, as: UInt8.self) { bytes.setInteger(byte ^ 1, at: place) }
        default: break
        }
        other.writeAndFlush(bytes, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
