import CLibSSH2
import DequeModule
import FleetTransport
import NIOCore

/// One SSH connection: libssh2 driven by the bytes of the NIO channel whose last handler it is.
///
/// Runs on its event loop. The rules of the library that were found by experiment, and where they are kept:
///
/// - One call that waits at a time (``perform(_:)``): opening, setting variables and starting a command are one such
///   call, as two of them in flight take each other's answers.
/// - A call that waits is made again, unchanged, before another (``drive()``).
/// - No call stops in mid-packet: sending goes to a buffer, and always succeeds (``SessionStreams``).
/// - Output and standard error are read to their ends before a status counts, and none that was not seen to come does
///   (``SSHChildChannel``, ``SessionMemory``).
/// - What comes is taken in only by a call for a channel, also where nobody has one any more (``listen()``).
/// - A fault of the library is the connection's, but for few that are a channel's (``LibSSH2Error/isOfChannel``).
final class SSHConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A call that waits for the host, with what comes after it.
    private struct Operation {
        /// Whether it has to be begun, where it has not been.
        let isWanted: () -> Bool
        /// Makes the call; whether it is over.
        let step: () -> Bool
        /// Called where it never can be.
        let fail: (any Error) -> Void
    }

    /// More than this is kept neither of what came nor of what is to go.
    static let bufferLimit = 4 << 20

    /// The host in messages.
    let name: String
    let eventLoop: any EventLoop
    /// Where channels read into.
    let scratch: ReadScratch
    private(set) var session: SessionHandle?
    /// The pipeline that carries it.
    var context: ChannelHandlerContext?
    /// What the session and its connection share; stays when the session is freed.
    let streams: SessionStreams
    private var operations: Deque<Operation> = []
    private(set) var channels: [SSHChildChannel] = []
    private var isDriving = false
    private var needsDriving = false
    /// Whether a command was started: until then the host's delayed acknowledgements cost most of the time.
    private(set) var hasCommand = false
    /// The library's channel of a command that has ended, by which it is made to take in what comes for nobody.
    var listener: OpaquePointer?
    /// How much was to go since the network takes no more: the library answers some messages by itself.
    var heldBack = 0
    /// Library's channels that are over, and could not be freed in the middle of a key exchange.
    var unfreed: [OpaquePointer] = []
    /// Whether a channel was closed since the last opening began.
    var hasClosed = false
    /// Why no call can succeed any more, as the last one showed.
    private var fault: LibSSH2Error?
    /// The first bytes that the host sent: whether it speaks SSH at all.
    var firstBytes: [UInt8] = []
    /// Why it is over; nil as long as it is not.
    private(set) var failure: TransportError?
    /// Succeeds when nothing of it is left.
    let closed: EventLoopPromise<Void>
    /// Called once, where it is over though nobody asked for that.
    var onLoss: ((TransportError) -> Void)?
    /// Called for whatever comes from the host.
    var onHeard: (() -> Void)?
    /// What carries it, where that is another connection: it goes with this one.
    var carrier: SSHConnection?

    init(name: String, scratch: ReadScratch, eventLoop: any EventLoop) throws {
        guard let session = SessionHandle() else {
            throw TransportError(.configuration, "\(name): libssh2 cannot make a session", reason: .client)
        }
        self.name = name
        self.scratch = scratch
        self.eventLoop = eventLoop
        self.session = session
        streams = session.streams
        closed = eventLoop.makePromise()
    }

    // MARK: - Calls that wait

    /// Makes a call of the library until it is over; calls follow one another.
    ///
    /// - Parameters:
    ///   - isWanted: whether it has to be begun, asked by ``dropUnwanted()``.
    ///   - call: makes the call; nil where it has to wait for the host.
    /// - Returns: what came of it; fails with what the call throws, or with the connection's own failure.
    func perform<Value: Sendable>(
        isWanted: @escaping () -> Bool = { true },
        _ call: @escaping (SessionHandle) throws -> Value?
    ) -> EventLoopFuture<Value> {
        let promise = eventLoop.makePromise(of: Value.self)
        guard failure == nil else {
            promise.fail(failure ?? lost)
            return promise.futureResult
        }
        operations.append(
            Operation(
                isWanted: isWanted,
                step: { [unowned self] in
                    guard let session else { return true }
                    do {
                        guard let value = try call(session) else { return false }
                        promise.succeed(value)
                    } catch {
                        promise.fail(error)
                        if let error = error as? LibSSH2Error, error.isOfConnection { fault = error }
                    }
                    return true
                },
                fail: { promise.fail($0) }
            )
        )
        drive()
        return promise.futureResult
    }

    /// Lets the library go on with all that can go on.
    func drive() {
        guard failure == nil, context != nil else { return }
        guard !isDriving else {
            needsDriving = true
            return
        }
        isDriving = true
        repeat {
            needsDriving = false
            while failure == nil, let operation = operations.first, operation.step() {
                if !operations.isEmpty { operations.removeFirst() }
                if let fault { fail(lost(fault)) }
            }
            for channel in channels where failure == nil { channel.pump() }
            if channels.isEmpty, operations.isEmpty { listen() }
            if failure == nil, !unfreed.isEmpty { freeLeft() }
        } while needsDriving && failure == nil
        isDriving = false
        flush()
    }

    /// There is more to do than one turn.
    func needsTurn() { needsDriving = true }

    func flush() {
        guard let context, let session, session.streams.outbound.readableBytes > 0 else { return }
        let bytes = session.streams.outbound
        session.streams.outbound = ByteBuffer()
        heldBack = context.channel.isWritable ? 0 : heldBack + bytes.readableBytes
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Whether more may be written now, so that what waits for a slow network is bounded.
    var isWritable: Bool {
        guard let context, let session else { return false }
        return context.channel.isWritable && session.streams.outbound.readableBytes < Self.bufferLimit
    }

    // MARK: - Channels

    /// Fails the openings that the library has not been asked for yet with ``OpeningReturned``: the one before them does
    /// not come to an end.
    func giveBackOpenings() {
        let waiting = operations.dropFirst()
        operations = Deque(operations.prefix(1))
        for operation in waiting { operation.fail(OpeningReturned()) }
    }

    /// Fails the openings that nobody wants any more, and that the library has not been asked for yet, with
    /// `CancellationError`.
    func dropUnwanted() {
        let unwanted = operations.dropFirst().filter { !$0.isWanted() }
        guard !unwanted.isEmpty else { return }
        operations = Deque(operations.prefix(1) + operations.dropFirst().filter { $0.isWanted() })
        for operation in unwanted { operation.fail(CancellationError()) }
    }

    func add(_ channel: SSHChildChannel) { channels.append(channel) }

    func remove(_ channel: SSHChildChannel) { channels.removeAll { $0 === channel } }

    /// A command was started on it.
    func noteCommand() { hasCommand = true }

    // MARK: - The end

    /// Ends it: everybody who waits is told.
    func fail(_ error: TransportError) {
        guard failure == nil else { return }
        failure = error
        let waiting = operations
        operations = []
        session?.streams.isOver = true
        // First its owner, who knows what those that wait are told.
        let onLoss = self.onLoss
        self.onLoss = nil
        onLoss?(error)
        for operation in waiting { operation.fail(error) }
        let channels = self.channels
        self.channels = []
        for channel in channels { channel.connectionEnded() }
        if let context { context.close(promise: nil) } else { finish() }
    }

    /// Ends it because nobody needs it, with a farewell to the host.
    func close() {
        onLoss = nil
        if failure == nil, let session, operations.isEmpty {
            _ = libssh2_session_disconnect_ex(session.pointer, SSH_DISCONNECT_BY_APPLICATION, "", "")
            flush()
        }
        fail(TransportError(.transport, "\(name): the connection was closed", reason: .lost))
    }

    /// Nobody knows why it is gone.
    var lost: TransportError { TransportError(.transport, "\(name): the connection was lost", reason: .lost) }

    func lost(_ error: LibSSH2Error) -> TransportError {
        var lost = lost
        lost.hint = "libssh2: \(error.message) (\(error.code))"
        return lost
    }

    /// Frees what is left.
    func finish() {
        // Not from within a call of the library.
        eventLoop.assumeIsolated()
            .execute { [self] in
                guard session != nil else { return }
                session = nil
                carrier?.close()
                carrier = nil
                closed.succeed()
            }
    }
}
