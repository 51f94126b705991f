import FleetTransport
package import NIOCore

/// The native transport's pools on one event loop: sessions to the same endpoint share connections.
package final class NativeClient: Sendable {
    package let eventLoop: any EventLoop
    /// What every pool is held to, but for what its endpoint says.
    private let settings: PoolSettings
    private let pools: NIOLoopBoundBox<Pools>

    /// The pools, and who uses them.
    ///
    /// On the event loop alone.
    struct Pools {
        let scratch = ReadScratch()
        let budget = SharedBudget()
        var all: [NativeRoute: (pool: ConnectionPool, users: Int)] = [:]
    }

    /// A client without connections.
    package convenience init(eventLoop: any EventLoop) { self.init(eventLoop: eventLoop, settings: PoolSettings()) }

    /// The same, with settings of its own.
    init(eventLoop: any EventLoop, settings: PoolSettings) {
        self.eventLoop = eventLoop
        self.settings = settings
        pools = NIOLoopBoundBox.makeBoxSendingValue(Pools(), eventLoop: eventLoop)
    }

    /// The pool of an endpoint, until it is given back.
    func use(_ route: NativeRoute) async throws -> NIOLoopBound<ConnectionPool> {
        try await eventLoop.submit { [self] in
            if let known = pools.value.all[route] {
                pools.value.all[route]?.users += 1
                return NIOLoopBound(known.pool, eventLoop: eventLoop)
            }
            let connector = NativeConnector(
                eventLoop: eventLoop,
                scratch: NIOLoopBound(pools.value.scratch, eventLoop: eventLoop)
            )
            let pool = ConnectionPool(
                route,
                settings: settings,
                connector: connector,
                budget: pools.value.budget
            )
            pools.value.all[route] = (pool, 1)
            return NIOLoopBound(pool, eventLoop: eventLoop)
        }
        .get()
    }

    /// Gives a pool back; the last who does closes it.
    func giveBack(_ route: NativeRoute) async {
        _ =
            try? await eventLoop.flatSubmit { [self] () -> EventLoopFuture<Void> in
                guard let known = pools.value.all[route] else { return eventLoop.makeSucceededVoidFuture() }
                guard known.users == 1 else {
                    pools.value.all[route]?.users -= 1
                    return eventLoop.makeSucceededVoidFuture()
                }
                pools.value.all[route] = nil
                return known.pool.shutDown()
            }
            .get()
    }
}
