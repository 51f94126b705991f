import NIOCore
import NIOPosix

/// A connection to an ssh agent (draft-ietf-sshm-ssh-agent): which keys it has, and signatures by them.
///
/// Nothing of it waits on a thread.
struct AgentConnection: Sendable {
    /// A key of the agent.
    struct Key: Sendable {
        /// As it travels; a certificate, too.
        let blob: [UInt8]
        /// The type's name.
        var type: String? { HostKey.typeName(of: blob) }
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<AgentHandler>

    /// Connects to the agent behind a socket.
    ///
    /// - Parameters:
    ///   - path: the socket.
    ///   - eventLoop: where it is spoken with.
    ///   - watch: closes it where the connection attempt that it serves is ended: an agent may never answer (T2, T10).
    /// - Returns: the connection.
    /// - Throws: what NIO says of a socket that nobody listens on.
    static func open(
        _ path: String,
        on eventLoop: any EventLoop,
        watch: NIOLoopBound<ConnectWatch>
    ) async throws -> AgentConnection {
        let handler =
            try await eventLoop.submit {
                NIOLoopBound(AgentHandler(on: eventLoop), eventLoop: eventLoop)
            }
            .get()
        let channel = try await ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                    watch.value.add(channel)
                }
            }
            .connect(unixDomainSocketPath: path).get()
        return AgentConnection(channel: channel, handler: handler)
    }

    /// Its keys; none where it says something else.
    func keys() async throws -> [Key] {
        let answer = try await request([11]).get()
        var reader = WireReader(answer[...])
        guard reader.byte() == 12, let count = reader.number(), count <= 4_096 else { return [] }
        var keys: [Key] = []
        for _ in 0..<count {
            guard let blob = reader.string(), reader.string() != nil else { break }
            keys.append(Key(blob: blob))
        }
        return keys
    }

    /// Its signature of data by one of its keys, without the name of the method; fails where it refuses.
    func sign(_ data: [UInt8], key: [UInt8]) -> EventLoopFuture<[UInt8]> {
        var request: [UInt8] = [13]
        request.append(string: key)
        request.append(string: data)
        request.append(number: SignedRequest.agentFlags(of: data))
        return self.request(request)
            .flatMapThrowing { answer in
                var reader = WireReader(answer[...])
                guard reader.byte() == 14, let signature = reader.string() else { throw AgentRefusal() }
                var parts = WireReader(signature[...])
                guard parts.string() != nil, let bytes = parts.string() else { throw AgentRefusal() }
                return bytes
            }
    }

    func close() { channel.close(promise: nil) }

    private func request(_ payload: [UInt8]) -> EventLoopFuture<[UInt8]> {
        channel.eventLoop.flatSubmit { handler.value.send(payload) }
    }
}

/// The agent would not.
struct AgentRefusal: Error {}

/// What is signed to show who we are (RFC 4252, section 7).
enum SignedRequest {
    /// The flags by which an agent signs with the hash that the request names (RFC 8332).
    static func agentFlags(of data: [UInt8]) -> Int {
        var reader = WireReader(data[...])
        // The session, the kind of message, user, service, method, and whether there is a signature.
        guard reader.string() != nil, reader.byte() != nil, reader.string() != nil, reader.string() != nil,
            reader.string() != nil, reader.byte() != nil, let name = reader.string()
        else { return 0 }
        switch String(decoding: name, as: UTF8.self) {
        case let text where text.hasPrefix("rsa-sha2-256"): return 2
        case let text where text.hasPrefix("rsa-sha2-512"): return 4
        default: return 0
        }
    }
}

/// Joins answers to questions, in their order.
///
/// Runs on the channel's event loop.
final class AgentHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// No answer is longer.
    private static let limit = 256 << 10

    private let eventLoop: any EventLoop
    private var context: ChannelHandlerContext?
    private var waiting: CircularBuffer<EventLoopPromise<[UInt8]>> = []
    private var buffer = ByteBuffer()

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        while let promise = waiting.popFirst() { promise.fail(ChannelError.eof) }
    }

    func send(_ payload: [UInt8]) -> EventLoopFuture<[UInt8]> {
        // An agent may hang up at any moment.
        guard let context, context.channel.isActive else {
            return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        let promise = eventLoop.makePromise(of: [UInt8].self)
        waiting.append(promise)
        var bytes: [UInt8] = []
        bytes.append(string: payload)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        buffer.writeBuffer(&part)
        while let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) {
            guard length <= Self.limit else {
                context.close(promise: nil)
                return
            }
            guard buffer.readableBytes >= 4 + Int(length) else { return }
            buffer.moveReaderIndex(forwardBy: 4)
            let answer = buffer.readBytes(length: Int(length)) ?? []
            waiting.popFirst()?.succeed(answer)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
