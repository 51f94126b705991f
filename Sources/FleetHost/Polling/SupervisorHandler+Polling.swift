import FleetWire
import NIOCore

/// The thin part of polling: the timer, the bytes, and who is told.
extension SupervisorHandler: NIOScheduledCallbackHandler {
    /// The host has greeted: from now on it is polled.
    func beginPolling(_ context: ChannelHandlerContext) {
        guard poller == nil else { return }
        let now = context.eventLoop.now
        poller = StatusPoller(polling, at: now, phase: .random(in: 0...1))
        meter.noteWord(at: now)
        poll(context, at: now)
    }

    /// Nothing is asked any more.
    func endPolling() {
        poller = nil
        pollTimer?.callback.cancel()
        pollTimer = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        pollTimer = nil
        guard failure == nil, let context else { return }
        poll(context, at: context.eventLoop.now)
    }

    /// Polls where that is due, and sets the timer.
    private func poll(_ context: ChannelHandlerContext, at now: NIODeadline) {
        while let step = poller?.step(at: now) {
            switch step {
            case .poll:
                guard let request = poller?.takeRequest() else { return }
                meter.noteSent()
                context.writeAndFlush(wrapOutboundOut(request), promise: nil)
            case .rest(let time):
                if let time { setPollTimer(time, context) }
                return
            case .giveUp:
                let seconds = (polling.patience ?? .zero).nanoseconds / 1_000_000_000
                return fail(HostError(.transport, "\(hostName): no answer within \(seconds) s"), context)
            }
        }
    }

    /// A timer that fires too early costs a look; so one that is set is not moved to a later time.
    private func setPollTimer(_ time: NIODeadline, _ context: ChannelHandlerContext) {
        if let known = pollTimer {
            guard time < known.time else { return }
            known.callback.cancel()
        }
        // Only an event loop that is shut down refuses, and then nothing is polled any more.
        guard let callback = try? context.eventLoop.assumeIsolated().scheduleCallback(at: time, handler: self) else {
            return
        }
        pollTimer = (time, callback)
    }

    /// Bytes have come.
    ///
    /// - Parameters:
    ///   - bytes: what came.
    ///   - mayBeAnswer: whether a frame may begin with them.
    ///   - context: the handler's context.
    /// - Returns: whether they were the answer to a poll, and the same as the last one: then that is done with.
    func noteBytes(_ bytes: ByteBuffer, mayBeAnswer: Bool, _ context: ChannelHandlerContext) -> Bool {
        guard poller != nil else { return false }
        let now = context.eventLoop.now
        meter.noteWord(at: now)
        poller?.noteWord(at: now)
        guard mayBeAnswer, pollAnswer.isEmpty, poller?.takeOldAnswer(bytes, at: now) == true else { return false }
        meter.noteAnswer()
        poll(context, at: now)
        return true
    }

    /// A request was sent.
    func noteRequest(_ request: Request, _ context: ChannelHandlerContext) {
        guard poller != nil else { return }
        let now = context.eventLoop.now
        poller?.noteRequest(request, at: now)
        poll(context, at: now)
    }

    /// Reports reach who asked for them, or are a push.
    func noteTold(_ reports: [AttemptReport], isAnswer: Bool, _ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        poller?.noteTold(reports, isAnswer: isAnswer, at: now)
        poll(context, at: now)
    }

    /// A start was refused.
    func noteRefusal(of key: AttemptKey, _ context: ChannelHandlerContext) {
        poller?.noteRefusal(of: key, at: context.eventLoop.now)
    }

    /// A frame of the answer to a poll.
    func receivePolled(_ reply: Reply, of frame: Frame, _ context: ChannelHandlerContext) {
        guard poller?.isWaiting == true else {
            fail(HostError(.malformed, "\(hostName): an answer to a request that was not made"), context)
            return
        }
        let asksForAttempts = poller?.asksForAttempts == true
        switch reply {
        case .reports(let part) where asksForAttempts:
            let isFirst = pollAnswer.isEmpty
            guard pollAnswer.add(part, of: frame) else { return failEndless(context) }
            if part.isLast { finishPoll(pollAnswer.reports, isFirst ? frame : nil, context) }
        case .done where !asksForAttempts: finishPoll(nil, frame, context)
        case .failure(let failure):
            finishPoll(nil, nil, context)
            onNotice(.pollRefused(HostError(failure, host: hostName)))
        default: fail(HostError(.malformed, "\(hostName): the answer to a poll is of another kind"), context)
        }
    }

    private func finishPoll(_ reports: [AttemptReport]?, _ frame: Frame?, _ context: ChannelHandlerContext) {
        pollAnswer = JoinedAnswer()
        let now = context.eventLoop.now
        let changes = poller?.take(reports, frame: frame, at: now) ?? []
        meter.noteAnswer()
        poll(context, at: now)
        guard !changes.isEmpty else { return }
        meter.noteBatch()
        onNotice(.changed(changes))
    }
}

extension Request {
    /// The attempt that it starts.
    var startedKey: AttemptKey? { if case .start(let start) = self { start.key } else { nil } }
}
