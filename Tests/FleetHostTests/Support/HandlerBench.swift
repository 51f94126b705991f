import FleetWire
import NIOCore
import NIOEmbedded
import Testing

@testable import FleetHost

/// A handler on a channel without sockets, with what it told so far.
final class HandlerBench {
    static let nonce = "00112233aabbccdd"

    let channel: EmbeddedChannel
    let handler: SupervisorHandler
    /// What was told unasked.
    var notices: [HostNotice] { box.notices }

    private let box = Box()

    private final class Box: @unchecked Sendable {
        // One thread alone uses it: the channel is embedded.
        var notices: [HostNotice] = []
        var told: [Int: [Result<Reply, any Error>]] = [:]
    }

    init(
        active: Bool = true,
        polling: PollSettings = PollSettings(),
        clock: PollClock? = nil,
        on loop: EmbeddedEventLoop = EmbeddedEventLoop()
    ) throws {
        channel = EmbeddedChannel(loop: loop)
        handler = SupervisorHandler(hostName: "h", nonce: Self.nonce, polling: polling, clock: clock) { [box] in
            box.notices.append($0)
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        if active { try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait() }
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    /// Sends a request; the number of the call.
    @discardableResult
    func send(_ request: Request) -> Int {
        let number = box.told.count
        box.told[number] = []
        let promise = channel.eventLoop.makePromise(of: Reply.self)
        promise.futureResult.whenComplete { [box] in box.told[number]?.append($0) }
        handler.send(request, promise: promise)
        channel.embeddedEventLoop.run()
        return number
    }

    /// Bytes arrive from the host.
    func feed(_ bytes: some Collection<UInt8>) {
        guard channel.isActive else { return }
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
    }

    /// So many milliseconds pass.
    func advance(_ milliseconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds)) }

    /// The host begins to speak.
    func feedMarker() { feed(Preamble.marker(nonce: Self.nonce)) }

    /// The host answers.
    func feed(_ reply: Reply, to id: UInt32) { feed(reply.frame(id: id).bytes) }

    /// The host has greeted.
    func greet() throws {
        let call = send(.hello(Hello()))
        feedMarker()
        let id = try #require(sent().last?.requestID)
        feed(.hello(HelloReply()), to: id)
        _ = try answer(of: call)
    }

    /// The frames that were sent since the last look.
    func sent() throws -> [Frame] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer.readableBytesView) }
        var frames: [Frame] = []
        var position = 0
        while let frame = try Frame.take(from: bytes, at: &position) { frames.append(frame) }
        return frames
    }

    /// How often a call was told something.
    func count(of call: Int) -> Int { box.told[call]?.count ?? 0 }

    /// What a call was told.
    func answer(of call: Int) throws -> Reply { try #require(box.told[call]?.first).get() }

    /// What a call failed of.
    func failure(of call: Int) -> HostError? {
        guard case .failure(let error)? = box.told[call]?.first else { return nil }
        return error as? HostError
    }

    /// Whether the channel is closed.
    var isClosed: Bool { !channel.isActive }

    /// The losses that were told.
    var losses: [HostError] {
        notices.compactMap { if case .disconnected(let error) = $0 { error } else { nil } }
    }
}
