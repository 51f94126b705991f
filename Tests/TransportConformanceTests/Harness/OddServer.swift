import Foundation
import NIOCore
import NIOPosix
import TestServers

/// A port on which no ssh server answers.
enum OddServer {
    enum Manner: Sendable {
        /// Accepts, and says nothing.
        case silent
        /// Accepts, says this, and closes.
        case says(String)
    }

    /// Listens for as long as the case runs.
    ///
    /// - Returns: the port.
    static func start(_ site: TransportSite, _ manner: Manner, on address: String = "127.0.0.1") throws -> Int {
        let server = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(OddHandler(manner))
                }
            }
            .bind(host: address, port: 0).wait()
        site.onEnd { try await server.close().get() }
        guard let port = server.localAddress?.port else { throw Command.Failure("no port") }
        return port
    }

    /// Takes a port on which nobody listens, for as long as the case runs.
    static func reserve(_ site: TransportSite) throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Command.Failure("no socket") }
        site.onEnd { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard result else { throw Command.Failure("no port") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}

private final class OddHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let manner: OddServer.Manner
    private var hasAnswered = false

    init(_ manner: OddServer.Manner) { self.manner = manner }

    func channelActive(context: ChannelHandlerContext) {
        if case .says(let text) = manner, text.isEmpty { context.close(promise: nil) }
    }

    /// Answers once something came, so that the answer is not lost in a reset.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .says(let text) = manner, !hasAnswered else { return }
        hasAnswered = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
