import FleetTransport
import NIOCore

/// The channels of a pool, from the decision to open one to its end.
extension ConnectionPool {
    func open(_ caller: CallerID, on connection: ConnectionID) {
        guard let known = callers[caller], let carrier = connections[connection] else { return }
        callers[caller]?.connection = connection
        known.alarm?.cancel()
        callers[caller]?.alarm = eventLoop.assumeIsolated()
            .scheduleTask(in: .nanoseconds(Int64(route.endpoint.connectTimeout * 1e9))) { [weak self] in
                self?.giveUp(caller, on: connection)
            }
        let start = { [weak self] in
            guard let self else { return }
            state.commandSent(caller, on: connection)
        }
        let configure = known.request.configure
        carrier.open(known.request.purpose, onStart: start) { try configure($0) }.assumeIsolated()
            .whenComplete { [weak self] result in
                self?.opened(caller, on: connection, result)
            }
    }

    /// A channel does not open in time: a call that waits cannot be given up without its connection.
    private func giveUp(_ caller: CallerID, on connection: ConnectionID) {
        guard callers[caller]?.connection == connection else { return }
        callers[caller]?.error = late
        perform(state.channelFailed(caller, on: connection, isPoisoned: true, now: now))
        // What has not been asked for yet can be had elsewhere.
        connections[connection]?.giveBackOpenings()
    }

    private func opened(
        _ caller: CallerID,
        on connection: ConnectionID,
        _ result: Result<SSHChildChannel, any Error>
    ) {
        let isCurrent = callers[caller]?.connection == connection
        if isCurrent {
            callers[caller]?.alarm?.cancel()
            callers[caller]?.connection = nil
        }
        switch result {
        case .success(let channel):
            // Also where nobody waits for it any more.
            channel.end.assumeIsolated()
                .whenComplete { [weak self] _ in
                    guard let self else { return }
                    if isCurrent { callers[caller] = nil }
                    perform(state.released(caller, on: connection, now: now))
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
            perform(state.channelFailed(caller, on: connection, isPoisoned: false, now: now))
        }
    }

    func fail(_ caller: CallerID, _ failure: PoolFailure) {
        guard let known = callers[caller] else { return }
        known.alarm?.cancel()
        known.promise.fail(error(failure, known))
        // Its channel may still be opened, and is closed then.
        callers[caller] = nil
    }
}
