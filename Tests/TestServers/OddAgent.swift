import Foundation
import NIOCore
import NIOPosix

/// An ssh agent that does not do what agents do (draft-ietf-sshm-ssh-agent).
package struct OddAgent: Sendable {
    /// What it does.
    package enum Manner: Sendable {
        /// Takes connections, and closes them at once.
        case hangsUp
        /// Takes connections, and says nothing.
        case silent
        /// Tells of keys, each as it travels, and hangs up when it is to sign by one.
        case lists([[UInt8]])
        /// The same, but it calls something first, and signs with nonsense.
        case signsBadly([[UInt8]], before: @Sendable () -> Void)
    }

    /// Where it listens.
    package let path: String
    private let server: any Channel

    /// Starts one.
    package static func start(at path: String, _ manner: Manner) async throws -> OddAgent {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(OddAgentHandler(manner))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        return OddAgent(path: path, server: server)
    }

    /// Ends it.
    package func stop() async throws {
        try await server.close().get()
        unlink(path)
    }

    /// A key that nobody has: of ed25519, as it travels.
    package static func strangeKey() -> [UInt8] {
        bytes("ssh-ed25519".utf8) + bytes((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// The key of a public key's file.
    package static func key(inFile path: String) throws -> [UInt8] {
        let words = try String(contentsOfFile: path, encoding: .utf8).split(separator: " ")
        guard words.count >= 2, let blob = Data(base64Encoded: String(words[1])) else {
            throw Command.Failure("\(path) holds no public key")
        }
        return Array(blob)
    }

    fileprivate static func bytes(_ list: some Collection<UInt8>) -> [UInt8] {
        withUnsafeBytes(of: UInt32(list.count).bigEndian) { Array($0) } + list
    }
}

private final class OddAgentHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let manner: OddAgent.Manner
    private var buffer = ByteBuffer()

    init(_ manner: OddAgent.Manner) { self.manner = manner }

    func channelActive(context: ChannelHandlerContext) {
        if case .hangsUp = manner { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        buffer.writeBuffer(&part)
        while let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
            buffer.readableBytes >= 4 + Int(length)
        {
            buffer.moveReaderIndex(forwardBy: 4)
            answer(buffer.readBytes(length: Int(length)) ?? [], context)
        }
    }

    private func answer(_ request: [UInt8], _ context: ChannelHandlerContext) {
        let keys: [[UInt8]]
        switch manner {
        case .hangsUp, .silent: return
        case .lists(let list), .signsBadly(let list, _): keys = list
        }
        switch request.first {
        case 11:
            let count = withUnsafeBytes(of: UInt32(keys.count).bigEndian) { Array($0) }
            send([12] + count + keys.flatMap { OddAgent.bytes($0) + OddAgent.bytes([]) }, context)
        case 13:
            guard case .signsBadly(_, let before) = manner else {
                context.close(promise: nil)
                return
            }
            before()
            let signature = OddAgent.bytes("ssh-ed25519".utf8) + OddAgent.bytes([UInt8](repeating: 7, count: 64))
            send([14] + OddAgent.bytes(signature), context)
        default: send([5], context)
        }
    }

    private func send(_ answer: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: OddAgent.bytes(answer))), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
