import FleetTransport
import NIOCore

/// The connections to one endpoint: carries out what ``PoolState`` decides.
///
/// Runs on one event loop.
final class ConnectionPool {
    /// Somebody who wants a channel.
    struct Caller {
        let request: Request
        let promise: EventLoopPromise<SSHChildChannel>
        /// On which connection its channel is being opened.
        var connection: ConnectionID?
        /// Its channel, from the moment that it is open.
        var channel: SSHChildChannel?
        /// Why it could not be opened.
        var error: TransportError?
        /// Whether its command was sent.
        var hasStarted = false
    }

    /// The opening that the host was asked for and has not answered, and when that has taken too long.
    struct Head {
        let caller: CallerID
        let alarm: Scheduled<Void>
    }

    /// What a channel is to carry.
    struct Request {
        let purpose: ChannelPurpose
        /// Adds the channel's handlers.
        let configure: @Sendable (any Channel) throws -> Void
    }

    let route: NativeRoute
    private let connector: NativeConnector
    let eventLoop: any EventLoop
    private let budget: SharedBudget
    var state: PoolState
    var connections: [ConnectionID: SSHConnection] = [:]
    private var connecting: [ConnectionID: Task<Void, Never>] = [:]
    /// Connections whose hosts answered late, and which wait to go on.
    private var resuming: [ConnectionID: EventLoopPromise<Void>] = [:]
    /// Connections that were told to close before they were there.
    private var unwanted: Set<ConnectionID> = []
    /// Those whose channel is wanted, being opened or open.
    var callers: [CallerID: Caller] = [:]
    /// The openings under way, one for a connection; also those whose callers are gone.
    var heads: [ConnectionID: Head] = [:]
    var errors: [ConnectionID: TransportError] = [:]
    /// The connection that failed to come about last.
    private var lastFailed: ConnectionID?
    private var lastCaller: UInt64 = 0
    private var alarm: Scheduled<Void>?
    private var actions: CircularBuffer<PoolAction> = []
    private var isPerforming = false
    private var finished: EventLoopPromise<Void>?
    private var isFinished = false

    /// A pool without connections.
    ///
    /// - Parameters:
    ///   - route: where they lead.
    ///   - settings: what it is held to; keepalive is the endpoint's.
    ///   - connector: makes them.
    ///   - budget: lets them begin.
    init(_ route: NativeRoute, settings: PoolSettings, connector: NativeConnector, budget: SharedBudget) {
        self.route = route
        self.connector = connector
        self.budget = budget
        eventLoop = connector.eventLoop
        var settings = settings
        settings.keepaliveInterval = .seconds(route.endpoint.keepaliveInterval)
        settings.keepaliveLimit = route.endpoint.keepaliveCount
        // A connection may take its time on every hop, and a channel as long, and one that is lost is made anew.
        let tries = Double(route.hops.count + 2)
        settings.patience = max(settings.patience, .seconds(route.endpoint.connectTimeout * tries))
        state = PoolState(settings, generator: SystemRandomNumberGenerator())
    }

    // MARK: - Callers

    /// Wants a channel.
    ///
    /// - Returns: who wants it, for ``cancel(_:)``, and the channel.
    func acquire(_ request: Request) -> (CallerID, EventLoopFuture<SSHChildChannel>) {
        lastCaller += 1
        let caller = CallerID(lastCaller)
        let promise = eventLoop.makePromise(of: SSHChildChannel.self)
        callers[caller] = Caller(request: request, promise: promise)
        perform(state.acquire(caller, now: now))
        return (caller, promise.futureResult)
    }

    /// Wants it no more; its future fails with `CancellationError`, unless it has the channel already.
    func cancel(_ caller: CallerID) { perform(state.cancel(caller, now: now)) }

    /// Ends all of it: what runs may end within a bound, then all is closed.
    func shutDown() -> EventLoopFuture<Void> {
        let finished = self.finished ?? eventLoop.makePromise()
        self.finished = finished
        if isFinished { finished.succeed() }
        perform(state.shutDown(within: state.settings.shutdownGrace, now: now))
        return finished.futureResult
    }

    /// What it has and has seen.
    var counters: PoolCounters { state.counters }

    // MARK: - Decisions

    var now: PoolInstant { PoolInstant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }

    func perform(_ new: [PoolAction]) {
        actions.append(contentsOf: new)
        // What an action brings about is carried out after it.
        guard !isPerforming else { return }
        isPerforming = true
        while let action = actions.popFirst() { perform(action) }
        isPerforming = false
    }

    private func perform(_ action: PoolAction) {
        switch action {
        case .reserve(let connection):
            budget.reserve(self, connection)
        case .unreserve(let connection):
            budget.unreserve(self, connection)
        case .connect(let connection):
            connect(connection)
        case .open(let caller, let connection):
            open(caller, on: connection)
        case .serve(let caller, _):
            guard let known = callers[caller], let channel = known.channel else { return }
            known.promise.succeed(channel)
        case .fail(let caller, let failure):
            fail(caller, failure)
        case .lose:
            // Its channel has been told by the connection.
            break
        case .abandon(_, let connection):
            // One that is under way is given up when it can be, by itself.
            connections[connection]?.dropUnwanted()
        case .closeChannel(let caller, _):
            callers[caller]?.channel?.abandon()
        case .ping(let connection):
            connections[connection]?.ping()
        case .close(let connection, _):
            close(connection)
        case .wake(let instant):
            wake(at: instant)
        case .finished:
            alarm?.cancel()
            isFinished = true
            finished?.succeed()
        }
    }

    private func wake(at instant: PoolInstant) {
        alarm?.cancel()
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(clamping: instant.nanoseconds))
        alarm = eventLoop.assumeIsolated()
            .scheduleTask(deadline: deadline) { [weak self] in
                guard let self else { return }
                perform(state.tick(now: now))
            }
    }

    // MARK: - Connections

    /// The budget lets a connection begin, or go on.
    func grant(_ connection: ConnectionID) {
        if let promise = resuming.removeValue(forKey: connection) { return promise.succeed() }
        perform(state.granted(connection, now: now))
    }

    private func connect(_ connection: ConnectionID) {
        let (connector, route) = (self.connector, self.route)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        connecting[connection] = Task {
            do {
                let leave = ConnectLeave(
                    enter: { bound.value.enter(connection) },
                    rest: { bound.value.rest(connection) },
                    resume: { bound.value.resume(connection) }
                )
                let made = try await connector.connect(route, leave)
                connector.eventLoop.execute { bound.value.use(made.value, as: connection) }
            } catch {
                connector.eventLoop.execute { bound.value.giveUp(connection, error) }
            }
        }
    }

    /// The first host on the way has let it in.
    private func enter(_ connection: ConnectionID) { budget.enter(self, connection) }

    private func rest(_ connection: ConnectionID) { budget.rest(self, connection) }

    private func resume(_ connection: ConnectionID) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        resuming[connection] = promise
        if !budget.resume(self, connection) { resuming.removeValue(forKey: connection)?.succeed() }
        return promise.futureResult
    }

    private func use(_ made: SSHConnection, as connection: ConnectionID) {
        connecting[connection] = nil
        connections[connection] = made
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        made.onHeard = { [weak self] in
            guard let self else { return }
            state.heard(connection, now: now)
        }
        made.onLoss = { [weak self] error in
            guard let self else { return }
            errors[connection] = error
            perform(state.connectionLost(connection, now: now))
        }
        made.closed.futureResult.whenComplete { _ in bound.value.forget(connection) }
        let isLost = made.failure != nil
        if made.endsChannelsThatOpen { state.channelCeiling = 1 }
        perform(state.connected(connection, now: now))
        if unwanted.remove(connection) != nil { made.close() }
        if isLost { perform(state.connectionLost(connection, now: now)) }
    }

    private func giveUp(_ connection: ConnectionID, _ error: any Error) {
        connecting[connection] = nil
        resuming.removeValue(forKey: connection)?.succeed()
        unwanted.remove(connection)
        let error = error as? TransportError
        errors[connection] = error
        // Who waits in vain is told of the last failure, however long ago that was.
        if let lastFailed { errors[lastFailed] = nil }
        lastFailed = connection
        perform(state.connectFailed(connection, Self.failure(error), now: now))
    }

    private func forget(_ connection: ConnectionID) {
        guard connections.removeValue(forKey: connection) != nil else { return }
        heads.removeValue(forKey: connection)?.alarm.cancel()
        perform(state.closed(connection, now: now))
        errors[connection] = nil
    }

    private func close(_ connection: ConnectionID) {
        if let task = connecting[connection] {
            unwanted.insert(connection)
            task.cancel()
        }
        connections[connection]?.close()
    }
}
