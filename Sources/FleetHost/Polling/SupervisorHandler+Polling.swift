import FleetWire
import NIOCore

/// The thin part of polling: the timer, the bytes, and who is told.
extension SupervisorHandler: PollClockClient {
    /// The host has greeted: from now on it is polled.
    func beginPolling(_ context: ChannelHandlerContext) {
        guard poller == nil else { return }
        let now = context.eventLoop.now
        poller = StatusPoller(polling, at: now, phase: .random(in: 0.02...1))
        let clock = self.clock ?? PollClock(on: context.eventLoop)
        pollTimer = (clock, clock.join(self, leeway: polling.leeway))
        meter.noteWord(at: now)
        poll(context, at: now)
    }

    /// Nothing is asked any more.
    func endPolling() {
        poller = nil
        pollTimer.map { $0.clock.leave($0.place) }
        pollTimer = nil
    }

    func pollTimerFired(at now: NIODeadline) {
        guard failure == nil, let context else { return }
        poll(context, at: now)
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
                if let time, let pollTimer { pollTimer.clock.set(pollTimer.place, time) }
                return
            case .giveUp:
                let seconds = (polling.patience ?? .zero).nanoseconds / 1_000_000_000
                return fail(HostError(.transport, "\(hostName): no answer within \(seconds) s"), context)
            }
        }
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
        guard mayBeAnswer, pollAnswer.isEmpty, let sentAt = poller?.sentAt,
            poller?.takeOldAnswer(bytes, at: now) == true
        else { return false }
        noteAnswer(after: now - sentAt)
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
        guard let sentAt = poller?.sentAt else {
            fail(HostError(.malformed, "\(hostName): an answer to a request that was not made"), context)
            return
        }
        let asksForAttempts = poller?.asksForAttempts == true
        switch reply {
        case .reports(let part) where asksForAttempts:
            let isFirst = pollAnswer.isEmpty
            guard pollAnswer.add(part, of: frame) else { return failEndless(context) }
            if part.isLast { finishPoll(sentAt, pollAnswer.reports, isFirst ? frame : nil, context) }
        case .done where !asksForAttempts: finishPoll(sentAt, nil, frame, context)
        case .failure(let failure):
            finishPoll(sentAt, nil, nil, context)
            onNotice(.pollRefused(HostError(failure, host: hostName)))
        default: fail(HostError(.malformed, "\(hostName): the answer to a poll is of another kind"), context)
        }
    }

    private func noteAnswer(after trip: TimeAmount) {
        meter.noteAnswer()
        polling.onAnswer?(trip)
    }

    private func finishPoll(
        _ sentAt: NIODeadline,
        _ reports: [AttemptReport]?,
        _ frame: Frame?,
        _ context: ChannelHandlerContext
    ) {
        pollAnswer = JoinedAnswer()
        let now = context.eventLoop.now
        let changes = poller?.take(reports, frame: frame, at: now) ?? []
        noteAnswer(after: now - sentAt)
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
