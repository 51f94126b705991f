import TestSupport

@testable import FleetLibSSH2

/// A pool and an executor that does nothing by itself: tests say what happens, and see what the pool wants.
///
/// Leave to connect is granted at once, and wishes to be woken are kept, so that tests read what matters to them.
struct PoolDriver {
    var pool: PoolState
    var now = PoolInstant(nanoseconds: 0)
    /// The last wish to be woken.
    private(set) var wish: PoolInstant?
    /// Connections that begin, in their order.
    private(set) var begun: [ConnectionID] = []
    /// How often leave was given back.
    private(set) var givenBack = 0

    /// A pool with the defaults, changed as a test needs it.
    init(_ change: (inout PoolSettings) -> Void = { _ in }) {
        var settings = PoolSettings()
        change(&settings)
        pool = PoolState(settings, generator: SeededGenerator(seed: 1))
    }

    /// What the pool wants when something happens, without what this does by itself.
    mutating func after(_ step: (inout PoolState, PoolInstant) -> [PoolAction]) -> [PoolAction] {
        var rest: [PoolAction] = []
        var actions = step(&pool, now)
        while !actions.isEmpty {
            let action = actions.removeFirst()
            switch action {
            case .reserve(let id): actions += pool.granted(id, now: now)
            case .unreserve: givenBack += 1
            case .wake(let time): wish = time
            case .connect(let id):
                begun.append(id)
                rest.append(action)
            default: rest.append(action)
            }
        }
        return rest
    }

    mutating func acquire(_ numbers: ClosedRange<UInt64>) -> [PoolAction] {
        numbers.flatMap { number in after { $0.acquire(CallerID(number), now: $1) } }
    }
    mutating func acquire(_ number: UInt64) -> [PoolAction] { acquire(number...number) }
    mutating func cancel(_ number: UInt64) -> [PoolAction] { after { $0.cancel(CallerID(number), now: $1) } }
    mutating func connected(_ id: UInt64) -> [PoolAction] { after { $0.connected(ConnectionID(id), now: $1) } }
    mutating func fails(_ id: UInt64, _ failure: ConnectFailure) -> [PoolAction] {
        after { $0.connectFailed(ConnectionID(id), failure, now: $1) }
    }
    mutating func lost(_ id: UInt64) -> [PoolAction] { after { $0.connectionLost(ConnectionID(id), now: $1) } }
    mutating func closed(_ id: UInt64) -> [PoolAction] { after { $0.closed(ConnectionID(id), now: $1) } }
    mutating func sent(_ number: UInt64, on id: UInt64) { pool.commandSent(CallerID(number), on: ConnectionID(id)) }
    mutating func opened(_ number: UInt64, on id: UInt64) -> [PoolAction] {
        after { $0.channelOpened(CallerID(number), on: ConnectionID(id), now: $1) }
    }
    mutating func refused(_ number: UInt64, on id: UInt64) -> [PoolAction] {
        after { $0.channelRefused(CallerID(number), on: ConnectionID(id), now: $1) }
    }
    mutating func returned(_ number: UInt64, from id: UInt64) -> [PoolAction] {
        after { $0.channelReturned(CallerID(number), from: ConnectionID(id), now: $1) }
    }
    mutating func failed(_ number: UInt64, on id: UInt64, isPoisoned: Bool) -> [PoolAction] {
        after { $0.channelFailed(CallerID(number), on: ConnectionID(id), isPoisoned: isPoisoned, now: $1) }
    }
    mutating func released(_ number: UInt64, on id: UInt64, isEndKnown: Bool = true) -> [PoolAction] {
        after { $0.released(CallerID(number), on: ConnectionID(id), isEndKnown: isEndKnown, now: $1) }
    }
    mutating func shutDown(within bound: Duration) -> [PoolAction] { after { $0.shutDown(within: bound, now: $1) } }

    /// Lets time pass without anybody waking the pool.
    mutating func pass(_ duration: Duration) { now = now.advanced(by: duration) }
    /// Lets time pass, and wakes the pool whenever it wished so.
    mutating func live(_ duration: Duration) -> [PoolAction] {
        let end = now.advanced(by: duration)
        var actions: [PoolAction] = []
        while let wish, wish <= end {
            self.wish = nil
            now = max(now, wish)
            actions += after { $0.tick(now: $1) }
        }
        now = end
        return actions
    }

    /// Callers that have their channels on the first connection.
    mutating func serve(_ numbers: ClosedRange<UInt64>) {
        _ = acquire(numbers)
        if pool.counters.open == 0 { _ = connected(1) }
        for number in numbers { _ = opened(number, on: 1) }
    }
}

extension PoolAction {
    /// A caller's channel is opened, by numbers.
    static func open(_ caller: UInt64, on connection: UInt64) -> PoolAction {
        .open(CallerID(caller), on: ConnectionID(connection))
    }
    static func serve(_ caller: UInt64, on connection: UInt64) -> PoolAction {
        .serve(CallerID(caller), on: ConnectionID(connection))
    }
    static func fail(_ caller: UInt64, _ kind: PoolFailure.Kind, of connection: UInt64? = nil) -> PoolAction {
        .fail(CallerID(caller), PoolFailure(kind, of: connection.map { ConnectionID($0) }))
    }
    static func connect(_ connection: UInt64) -> PoolAction { .connect(ConnectionID(connection)) }
    static func close(_ connection: UInt64) -> PoolAction { .close(ConnectionID(connection), isAbrupt: false) }
    static func cut(_ connection: UInt64) -> PoolAction { .close(ConnectionID(connection), isAbrupt: true) }
    static func ping(_ connection: UInt64) -> PoolAction { .ping(ConnectionID(connection)) }
}
