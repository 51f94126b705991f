import FleetTransport
import Foundation
import NIOCore
import NIOPosix

@testable import FleetLibSSH2

/// A port of the loopback interface that sends what it likes.
struct OddPort: Sendable {
    let port: Int
    private let server: any Channel

    /// Starts one: what it sends first, and what it sends again and again after that; whether it reads nothing; and the socket that is bound and answers nobody yet, nil for a new one.
    static func start(
        _ first: [UInt8],
        thenFlood flood: [UInt8]? = nil,
        isDeaf: Bool = false,
        socket: NIOBSDSocket.Handle? = nil
    ) async throws -> OddPort {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: !isDeaf)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(OddPortHandler(first, flood))
                }
            }
        let binding = socket.map { bootstrap.withBoundSocket($0) } ?? bootstrap.bind(host: "127.0.0.1", port: 0)
        let server = try await binding.get()
        guard let port = server.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        return OddPort(port: port, server: server)
    }

    func stop() async throws { try await server.close().get() }

    /// The way to it, under a name.
    func route(_ name: String = "127.0.0.1", connectTimeout: Double = 10) -> NativeRoute {
        Self.route(name, port: port, connectTimeout: connectTimeout)
    }

    /// The way to any port, under a name.
    static func route(_ name: String, port: Int, connectTimeout: Double = 10) -> NativeRoute {
        var endpoint = SSHEndpoint(host: name)
        endpoint.connectTimeout = connectTimeout
        let hop = NativeRoute.Hop(
            name: name,
            hostName: name,
            port: port,
            user: "nobody",
            knownName: name,
            knownPort: port,
            knownHosts: [],
            identityFiles: [],
            certificateFiles: [],
            isLimited: true,
            addressFamily: .any,
            algorithms: .all,
            isJump: false
        )
        return NativeRoute(hops: [hop], endpoint: endpoint)
    }
}

/// Makes connections for tests, on an event loop of the shared ones.
func makeConnector(_ lookup: NameLookup = .system) async throws -> NativeConnector {
    let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    let scratch = try await eventLoop.submit { NIOLoopBound(ReadScratch(), eventLoop: eventLoop) }.get()
    return NativeConnector(eventLoop: eventLoop, scratch: scratch, lookup: lookup)
}

/// What threads wait at until a test lets them go on.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }

    /// Lets one go on.
    func open() { semaphore.signal() }
}

private final class OddPortHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let first: [UInt8]
    private let flood: [UInt8]?

    init(_ first: [UInt8], _ flood: [UInt8]?) { (self.first, self.flood) = (first, flood) }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: first)), promise: nil)
        if flood == nil { context.close(mode: .output, promise: nil) } else { pour(context) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { pour(context) }

    private func pour(_ context: ChannelHandlerContext) {
        guard let flood else { return }
        let bytes = ByteBuffer(bytes: flood)
        while context.channel.isActive, context.channel.isWritable {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
