import FleetWire
import NIOCore

/// The near end of a control channel: discards what precedes the first frame, joins answers to requests, hands out pushes.
///
/// Runs on the channel's event loop alone. What comes from the host is bounded and framed; the first thing out of
/// order closes the channel, and every waiting caller is told, once. That a channel was lost is a notice only where it
/// had answered the greeting: who opens one is told by the failure to open it. From the greeting on it polls, too.
final class SupervisorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Waiting {
        let promise: EventLoopPromise<Reply>
        /// The attempt that the request starts.
        var start: AttemptKey?
        var answer = JoinedAnswer()
    }

    /// The host in messages.
    let hostName: String
    private let marker: [UInt8]
    let onNotice: @Sendable (HostNotice) -> Void
    let polling: PollSettings
    let meter: PollMeter
    /// Nil before the greeting.
    var poller: StatusPoller?
    /// The answer to the poll, where more of it is to come.
    var pollAnswer = JoinedAnswer()
    /// The clock that the event loop's handlers share, where they do.
    let clock: PollClock?
    /// By which clock it is polled, and its place there; nil before the greeting, and when nothing is asked any more.
    var pollTimer: (clock: PollClock, place: Int)?
    private var hasMarker = false
    private var isGreeted = false
    private var noise = 0
    private var buffer: [UInt8] = []
    private var waiting: [UInt32: Waiting] = [:]
    private var nextID: UInt32 = 1
    private(set) var failure: HostError?
    private(set) var context: ChannelHandlerContext?
    private var needsFlush = false
    /// Whether nothing is sent before the supervisor has said its first word: a script may stand before it.
    private let waitsForMarker: Bool
    private var held: [[UInt8]] = []

    init(
        hostName: String,
        nonce: String,
        waitsForMarker: Bool = false,
        polling: PollSettings = PollSettings(),
        meter: PollMeter = PollMeter(),
        clock: PollClock? = nil,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) {
        self.hostName = hostName
        self.polling = polling
        self.meter = meter
        self.clock = clock
        self.waitsForMarker = waitsForMarker
        marker = Preamble.marker(nonce: nonce)
        self.onNotice = onNotice
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        endPolling()
        self.context = nil
    }

    /// Sends a request; the answer's frames are joined into one.
    func send(_ request: Request, promise: EventLoopPromise<Reply>) {
        guard failure == nil, let context else {
            promise.fail(failure ?? HostError(.transport, "\(hostName): the control channel is closed"))
            return
        }
        let frame = request.frame(id: nextID)
        guard frame.fits else {
            promise.fail(
                HostError(
                    .configuration,
                    "\(hostName): the request is \(frame.payload.count) bytes long; at most 1 MiB is sent"
                )
            )
            return
        }
        waiting[nextID] = Waiting(promise: promise, start: request.startedKey)
        repeat { nextID &+= 1 } while nextID == 0 || nextID == StatusPoller.requestID || waiting[nextID] != nil
        guard hasMarker || !waitsForMarker else {
            held.append(frame.bytes)
            return
        }
        context.write(wrapOutboundOut(ByteBuffer(bytes: frame.bytes)), promise: nil)
        scheduleFlush(context)
        // Behind the request: a poll that came before a start would not find what it starts.
        noteRequest(request, context)
    }

    private func sendHeld(_ context: ChannelHandlerContext) {
        guard !held.isEmpty else { return }
        for bytes in held { context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil) }
        held = []
        scheduleFlush(context)
    }

    /// Requests made in one turn of the event loop leave in one write.
    private func scheduleFlush(_ context: ChannelHandlerContext) {
        guard !needsFlush else { return }
        needsFlush = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.needsFlush = false
            bound.value.context?.flush()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard failure == nil else { return }
        let bytes = unwrapInboundIn(data)
        if noteBytes(bytes, mayBeAnswer: buffer.isEmpty, context) { return }
        buffer.append(contentsOf: bytes.readableBytesView)
        guard hasMarker || skipToMarker(context) else { return }
        takeFrames(context)
    }

    /// A supervisor that closed its output says nothing more.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            fail(HostError(.transport, "\(hostName): the control channel was closed"), context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(HostError(.transport, "\(hostName): the control channel was closed"), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(HostError(.transport, "\(hostName): the control channel failed: \(error)"), context)
    }

    /// Gives the channel up, and tells every waiting caller so.
    func giveUp(_ error: HostError) {
        guard let context else { return }
        fail(error, context)
    }

    /// Closes the channel, as nobody needs it any more: that is no loss to be told of.
    func close() {
        isGreeted = false
        giveUp(HostError(.transport, "\(hostName): the control channel is closed"))
    }

    private func skipToMarker(_ context: ChannelHandlerContext) -> Bool {
        if let range = buffer.firstRange(of: marker) {
            buffer.removeSubrange(..<range.upperBound)
            hasMarker = true
            sendHeld(context)
            return true
        }
        // Only what may be the marker's beginning is looked at again.
        let dropped = max(0, buffer.count - marker.count + 1)
        buffer.removeSubrange(..<dropped)
        noise += dropped
        if noise > Preamble.noiseLimit {
            let message = "\(hostName): no supervisor answered in the first \(Preamble.noiseLimit >> 10) KiB of output"
            fail(HostError(.malformed, message, hint: "see what the account's login shell prints"), context)
        }
        return false
    }

    private func takeFrames(_ context: ChannelHandlerContext) {
        var position = 0
        do {
            while failure == nil, let frame = try Frame.take(from: buffer, at: &position) {
                receive(try Reply(frame), of: frame, context)
            }
        } catch {
            fail(HostError(.malformed, "\(hostName): the host's answer is not the protocol: \(error)"), context)
        }
        buffer.removeSubrange(..<min(position, buffer.count))
    }

    private func receive(_ reply: Reply, of frame: Frame, _ context: ChannelHandlerContext) {
        let id = frame.requestID
        if id == 0 {
            guard case .reports(let push) = reply, !push.reports.isEmpty else {
                fail(HostError(.malformed, "\(hostName): a push of a kind that is not known"), context)
                return
            }
            noteTold(push.reports, isAnswer: false, context)
            onNotice(.changed(push.reports))
            return
        }
        if id == StatusPoller.requestID { return receivePolled(reply, of: frame, context) }
        guard var waiter = waiting.removeValue(forKey: id) else {
            fail(HostError(.malformed, "\(hostName): an answer to a request that was not made"), context)
            return
        }
        switch reply {
        case .failure(let failure):
            if let key = waiter.start { noteRefusal(of: key, context) }
            waiter.promise.fail(HostError(failure, host: hostName))
        case .reports(let part):
            let isBounded = waiter.answer.add(part, of: frame)
            if part.isLast {
                noteTold(waiter.answer.reports, isAnswer: true, context)
                waiter.promise.succeed(.reports(Reports(waiter.answer.reports)))
            } else {
                waiting[id] = waiter
                if !isBounded { failEndless(context) }
            }
        case .hello:
            isGreeted = true
            beginPolling(context)
            waiter.promise.succeed(reply)
        case .ended(let ended):
            noteTold([ended.report], isAnswer: true, context)
            waiter.promise.succeed(reply)
        default:
            waiter.promise.succeed(reply)
        }
    }

    /// An answer has more frames than any has.
    func failEndless(_ context: ChannelHandlerContext) {
        fail(HostError(.malformed, "\(hostName): an answer without an end"), context)
    }

    func fail(_ error: HostError, _ context: ChannelHandlerContext) {
        guard failure == nil else { return }
        failure = error
        endPolling()
        let callers = waiting.values
        waiting = [:]
        buffer = []
        held = []
        // First, so that who is told and asks again finds it closed.
        context.close(promise: nil)
        if isGreeted { onNotice(.disconnected(error)) }
        for caller in callers { caller.promise.fail(error) }
    }
}
