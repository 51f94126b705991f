/// Leave to connect for all pools of an event loop.
final class SharedBudget {
    private struct Holder: Hashable, @unchecked Sendable {
        // The pool is only ever touched on the event loop that all of them share.
        let pool: ConnectionPool
        let connection: ConnectionID
        static func == (left: Holder, right: Holder) -> Bool {
            left.pool === right.pool && left.connection == right.connection
        }
        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(pool))
            hasher.combine(connection)
        }
    }

    private var budget: ConnectBudget<Holder>

    /// A budget of that many handshakes.
    init(limit: Int = 64) { budget = ConnectBudget(limit: limit) }

    func reserve(_ pool: ConnectionPool, _ connection: ConnectionID) {
        let place = pool.route.hops.first.map { "\($0.hostName) \($0.port)" }
        grant(budget.reserve(Holder(pool: pool, connection: connection), at: place))
    }

    /// The first host on the way has let a connection in.
    func enter(_ pool: ConnectionPool, _ connection: ConnectionID) {
        grant(budget.enter(Holder(pool: pool, connection: connection)))
    }

    func unreserve(_ pool: ConnectionPool, _ connection: ConnectionID) {
        grant(budget.unreserve(Holder(pool: pool, connection: connection)))
    }

    /// The host has not answered a connection for long.
    func rest(_ pool: ConnectionPool, _ connection: ConnectionID) {
        grant(budget.rest(Holder(pool: pool, connection: connection)))
    }

    /// The host has answered a connection after all, which goes on when it is granted again.
    ///
    /// - Returns: whether that is to be waited for; it may have come about already.
    func resume(_ pool: ConnectionPool, _ connection: ConnectionID) -> Bool {
        guard let granted = budget.resume(Holder(pool: pool, connection: connection)) else { return false }
        grant(granted)
        return true
    }

    private func grant(_ holders: [Holder]) {
        for holder in holders { holder.pool.grant(holder.connection) }
    }
}
