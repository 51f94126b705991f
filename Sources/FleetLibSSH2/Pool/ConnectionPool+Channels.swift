import FleetTransport
import NIOCore

/// The channels of a pool, from the decision to open one to its end.
extension ConnectionPool {
    func open(_ caller: CallerID, on connection: ConnectionID) {
        guard let known = callers[caller], let carrier = connections[connection] else { return }
        callers[caller]?.connection = connection
        let configure = known.request.configure
        carrier.open(
            known.request.purpose,
            isWanted: { [weak self] in self?.callers[caller]?.connection == connection },
            onBegin: { [weak self] in self?.began(caller, on: connection) },
            onStart: { [weak self] in
                guard let self else { return }
                callers[caller]?.hasStarted = true
                state.commandSent(caller, on: connection)
            },
            configure: { try configure($0) }
        )
        .assumeIsolated()
        .whenComplete { [weak self] result in
            self?.opened(caller, on: connection, result)
        }
    }

    /// The host is asked for a channel: it must answer in time, also where its caller does not wait any more, as others
    /// wait behind it.
    private func began(_ caller: CallerID, on connection: ConnectionID) {
        let seconds = route.endpoint.connectTimeout
        heads[connection] = Head(
            caller: caller,
            alarm: eventLoop.assumeIsolated()
                .scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) { [weak self] in
                    self?.giveUp(caller, on: connection)
                }
        )
    }

    /// A channel does not open in time: a call that waits cannot be given up without its connection.
    private func giveUp(_ caller: CallerID, on connection: ConnectionID) {
        heads[connection] = nil
        if let known = callers[caller], known.connection == connection {
            callers[caller]?.error = known.hasStarted ? unheard : late
            // Its channel may still be opened here, and is closed then: it is served elsewhere, or told.
            callers[caller]?.connection = nil
        }
        perform(state.channelFailed(caller, on: connection, isPoisoned: true, now: now))
        // What has not been asked for yet can be had elsewhere.
        connections[connection]?.giveBackOpenings()
    }

    private func opened(
        _ caller: CallerID,
        on connection: ConnectionID,
        _ result: Result<SSHChildChannel, any Error>
    ) {
        if heads[connection]?.caller == caller { heads.removeValue(forKey: connection)?.alarm.cancel() }
        let isCurrent = callers[caller]?.connection == connection
        if isCurrent { callers[caller]?.connection = nil }
        switch result {
        case .success(let channel):
            // Also where nobody waits for it any more.
            channel.end.assumeIsolated()
                .whenComplete { [weak self] _ in
                    guard let self else { return }
                    if isCurrent { callers[caller] = nil }
                    perform(state.released(caller, on: connection, isEndKnown: channel.isEndSeen, now: now))
                }
            if isCurrent { callers[caller]?.channel = channel } else { channel.abandon() }
            perform(state.channelOpened(caller, on: connection, now: now))
        case .failure(is ChannelRefused):
            perform(state.channelRefused(caller, on: connection, now: now))
        case .failure(is OpeningReturned):
            perform(state.channelReturned(caller, from: connection, now: now))
        case .failure(let error):
            // Where its connection was lost, its caller has been told, or waits for another.
            if isCurrent { callers[caller]?.error = error as? TransportError }
            // After a failure of its own the library does not know what the host makes of the channel's number, and
            // would take a late answer for that of the next.
            let isPoisoned = (error as? TransportError)?.reason == .lost
            perform(state.channelFailed(caller, on: connection, isPoisoned: isPoisoned, now: now))
            if isPoisoned { connections[connection]?.giveBackOpenings() }
        }
    }

    func fail(_ caller: CallerID, _ failure: PoolFailure) {
        guard let known = callers[caller] else { return }
        known.promise.fail(error(failure, known))
        // Its channel may still be opened, and is closed then; its command is not sent any more.
        callers[caller] = nil
    }
}
