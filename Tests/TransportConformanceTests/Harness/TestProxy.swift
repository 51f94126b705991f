import FleetTransport
import Foundation
import NIOCore
import NIOPosix
import TestServers

/// Carries connections of the loopback interface on to a server, and sees them; it can hold them back and reset them.
final class TestProxy: Sendable {
    /// What it has seen.
    struct Seen: Sendable {
        /// Connections that were accepted, ever.
        var accepted = 0
        /// Connections that are there.
        var active = 0
        /// Connections that were held back from their beginning, since the last were let on.
        var held = 0
        /// Pieces that came from the client's side.
        var pieces = 0
        /// Whether a piece was stopped in the middle.
        var hasCut = false
    }

    /// Where it listens.
    let port: Int
    private let state: ProxyState

    private init(port: Int, state: ProxyState) { (self.port, self.state) = (port, state) }

    /// Starts one, for as long as the case runs.
    static func start(_ site: TransportSite, to target: Int) async throws -> TestProxy {
        let state = ProxyState()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { near in state.join(near, to: target) }
            .bind(host: "127.0.0.1", port: 0).get()
        site.onEnd {
            try await server.close().get()
            for channel in state.channels.value { try? await channel.close().get() }
        }
        guard let port = server.localAddress?.port else { throw Command.Failure("no port") }
        return TestProxy(port: port, state: state)
    }

    /// What it has seen.
    var seen: Seen { state.seen.value }

    /// Waits until it has seen something.
    func wait(for what: String, until isMet: @Sendable (Seen) -> Bool) async throws {
        try await state.seen.wait(what, seconds: 20, until: isMet)
    }

    /// Holds back all that is sent on the connections that are there, in both directions.
    func hold() async throws { try await state.each { $0.hold() } }

    /// Holds back new connections from their beginning, until they are let on.
    func holdNew() { state.holdsNew.change { $0 = true } }

    /// Lets all go on.
    ///
    /// - Returns: how many connections were held back from their beginning.
    @discardableResult
    func release(holdsNew: Bool = false) async throws -> Int {
        state.holdsNew.change { $0 = holdsNew }
        let held = seen.held
        state.seen.change { $0.held = 0 }
        try await state.each { $0.release() }
        return held
    }

    /// Stops the next piece that the server sends on any connection after some bytes, and what follows it.
    func cutNext(after bytes: Int) async throws { try await state.each { $0.cut = bytes } }

    /// Resets every connection: a close that does not linger is one.
    func reset() async throws {
        for channel in state.channels.value where channel.isActive {
            guard let socket = channel as? any SocketOptionProvider else { continue }
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try? await channel.close().get()
        }
        state.channels.change { $0 = [] }
    }
}

extension TransportSite {
    /// The way to a server through a proxy, under which its host keys are known too.
    func proxied(to other: TestServer? = nil) async throws -> (TestProxy, SSHEndpoint) {
        let target = try other ?? server
        let proxy = try await TestProxy.start(self, to: target.port)
        let lines = try await target.hostKeys().map { "[127.0.0.1]:\(proxy.port) \($0)\n" }
        try write("known_hosts", read("known_hosts") + lines.joined())
        var endpoint = endpoint(on: target)
        endpoint.port = proxy.port
        return (proxy, endpoint)
    }
}

/// What the proxy and its connections share.
private final class ProxyState: Sendable {
    let seen = Watched(TestProxy.Seen())
    let channels = Watched<[any Channel]>([])
    let holdsNew = Watched(false)

    /// Connects an accepted connection with the server.
    func join(_ near: any Channel, to target: Int) -> EventLoopFuture<Void> {
        seen.change { $0.accepted += 1 }
        let isHeld = holdsNew.value
        return ClientBootstrap(group: near.eventLoop)
            // What the server says first waits until there is somebody to say it to.
            .channelOption(.autoRead, value: false)
            .channelInitializer { [self] far in
                far.eventLoop.makeCompletedFuture {
                    let handler = PassingHandler(to: near, isHeld: isHeld)
                    handler.onCut = { [seen = self.seen] in seen.change { $0.hasCut = true } }
                    try far.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: "127.0.0.1", port: target)
            .flatMapThrowing { [self] far in
                let handler = PassingHandler(to: far, isHeld: isHeld)
                handler.onPiece = { [seen = self.seen] in seen.change { $0.pieces += 1 } }
                handler.onActive = { [self] in begin(near, far, isHeld: isHeld) }
                try near.pipeline.syncOperations.addHandler(handler)
            }
    }

    private func begin(_ near: any Channel, _ far: any Channel, isHeld: Bool) {
        near.closeFuture.whenComplete { [seen] _ in seen.change { $0.active -= 1 } }
        channels.change { $0 += [near, far] }
        far.setOption(.autoRead, value: true)
            .whenComplete { [seen] _ in
                seen.change {
                    $0.active += 1
                    if isHeld { $0.held += 1 }
                }
            }
    }

    /// Does something to the handlers of all connections, on their event loops.
    func each(_ body: @escaping @Sendable (PassingHandler) -> Void) async throws {
        for channel in channels.value where channel.isActive {
            try await channel.eventLoop
                .submit {
                    if let handler = try? channel.pipeline.syncOperations.handler(type: PassingHandler.self) {
                        body(handler)
                    }
                }
                .get()
        }
    }
}

/// Passes on what comes on one side of a connection.
private final class PassingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private var isHeld: Bool
    private var kept: [ByteBuffer] = []
    /// After so many bytes of the next piece from the server nothing more is passed on.
    var cut: Int?
    var onPiece: (() -> Void)?
    var onCut: (() -> Void)?
    var onActive: (() -> Void)?

    init(to other: any Channel, isHeld: Bool) { (self.other, self.isHeld) = (other, isHeld) }

    func channelActive(context: ChannelHandlerContext) { onActive?() }

    func hold() { isHeld = true }

    func release() {
        isHeld = false
        cut = nil
        for piece in kept { other.writeAndFlush(piece, promise: nil) }
        kept = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        onPiece?()
        if let bytes = cut, let onCut, !isHeld {
            if let first = piece.readSlice(length: min(bytes, piece.readableBytes)) {
                other.writeAndFlush(first, promise: nil)
            }
            isHeld = true
            onCut()
        }
        if isHeld { kept.append(piece) } else { other.writeAndFlush(piece, promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
