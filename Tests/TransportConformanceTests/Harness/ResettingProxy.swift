import Foundation
import NIOCore
import NIOPosix
import TestServers

/// Carries connections of the loopback interface on to a server, until it resets them.
final class ResettingProxy: Sendable {
    /// Where it listens.
    let port: Int
    private let channels: Watched<[any Channel]>

    private init(port: Int, channels: Watched<[any Channel]>) { (self.port, self.channels) = (port, channels) }

    /// Starts one, for as long as the case runs.
    static func start(_ site: TransportSite, to target: Int) async throws -> ResettingProxy {
        let channels = Watched<[any Channel]>([])
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                ClientBootstrap(group: channel.eventLoop)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture {
                            try far.pipeline.syncOperations.addHandler(PassingHandler(to: channel))
                        }
                    }
                    .connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { far in
                        channels.change { $0 += [channel, far] }
                        try channel.pipeline.syncOperations.addHandler(PassingHandler(to: far))
                        try channel.syncOptions?.setOption(.autoRead, value: true)
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        site.onEnd {
            try await server.close().get()
            for channel in channels.value { try? await channel.close().get() }
        }
        guard let port = server.localAddress?.port else { throw Command.Failure("no port") }
        return ResettingProxy(port: port, channels: channels)
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

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
