import FleetTransport
import FleetWire
import Foundation
import NIOCore
import NIOPosix
import Synchronization

@testable import FleetHost

/// Sessions whose channels lead to a supervisor in this process, which answers as it is told.
final class FarEnd: Transport, Session {
    /// What is answered to a request; nil for nothing.
    typealias Script = @Sendable (Request) -> Reply?

    struct Counts {
        var connects = 0
        var channels = 0
        var open: [any NIOCore.Channel] = []
        var requests: [Request] = []
        var failures = 0
        var hangs = 0
    }

    let name = "far"
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let greeting: @Sendable (Hello) -> HelloReply?
    private let script: Script
    private let state = Mutex(Counts())

    /// One that greets, and answers the rest so.
    init(_ script: @escaping Script = { _ in .done }) {
        greeting = { _ in HelloReply() }
        self.script = script
    }

    /// One that greets so, and does whatever else it is asked.
    init(greeting: @escaping @Sendable (Hello) -> HelloReply?) {
        self.greeting = greeting
        script = { _ in .done }
    }

    var counts: Counts { state.withLock { $0 } }

    /// The next so many channels cannot be opened.
    func failNext(_ count: Int) { state.withLock { $0.failures = count } }

    /// The next so many channels do not open before whoever waits for them is cancelled.
    func hangNext(_ count: Int) { state.withLock { $0.hangs = count } }

    /// Every channel is lost, and that is seen at the near end.
    func drop() async {
        for channel in counts.open { try? await channel.close() }
    }

    func connect() async throws -> any Session {
        state.withLock { $0.connects += 1 }
        return self
    }

    func close() async { await drop() }

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        let isFailing = state.withLock { state in
            state.channels += 1
            guard state.failures > 0 else { return false }
            state.failures -= 1
            return true
        }
        if isFailing { throw TransportError(.transport, "refused") }
        let isHanging = state.withLock { state in
            guard state.hangs > 0 else { return false }
            state.hangs -= 1
            return true
        }
        if isHanging {
            let (never, _) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            throw CancellationError()
        }
        var pair: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else {
            throw TransportError(.transport, "no sockets")
        }
        let nonce = request.arguments.last ?? ""
        let far = try await NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FarHandler(nonce: nonce) { self.answer($0) })
                }
            }
            .takingOwnershipOfDescriptor(inputOutput: pair[1])
            .get()
        let near = try await NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try configure(channel) } }
            .takingOwnershipOfDescriptor(inputOutput: pair[0])
            .get()
        state.withLock { $0.open.append(near) }
        near.closeFuture.whenComplete { [self] _ in
            far.close(promise: nil)
            state.withLock { state in state.open.removeAll { $0 === near } }
        }
        return CommandChannel(
            channel: near,
            end: near.closeFuture.map { ChannelEnd(status: .code(0), diagnostics: "") }
        )
    }

    private func answer(_ request: Request) -> Reply? {
        if case .hello(let hello) = request { return greeting(hello).map { .hello($0) } }
        state.withLock { $0.requests.append(request) }
        return script(request)
    }
}

/// Reads frames, and answers them.
private final class FarHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let nonce: String
    private let answer: (Request) -> Reply?
    private var bytes: [UInt8] = []

    init(nonce: String, _ answer: @escaping (Request) -> Reply?) {
        self.nonce = nonce
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let hello = Array("motd\n".utf8) + Preamble.marker(nonce: nonce)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: hello)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Array(unwrapInboundIn(data).readableBytesView)
        var position = 0
        while let frame = (try? Frame.take(from: bytes, at: &position)) ?? nil {
            guard let request = try? Request(frame), let reply = answer(request) else { continue }
            context.writeAndFlush(
                wrapOutboundOut(ByteBuffer(bytes: reply.frame(id: frame.requestID).bytes)),
                promise: nil
            )
        }
        bytes.removeSubrange(..<position)
    }
}
