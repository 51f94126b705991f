import TestSupport

@testable import FleetLibSSH2

/// One endpoint of a history: its pool, and the model of executor and server against which the pool is held.
///
/// The model keeps books of its own from what the pool tells it to do; each step compares them.
final class ModelHost {
    let number: Int
    var pool: PoolState
    var server: ModelServer
    var connections: [ModelConnection] = []
    var callers: [ModelCaller] = []
    /// Callers that are not over, in the order of their coming.
    var present: [Int] = []
    /// The number of the wish to be woken that counts, and its time.
    var wish = 0
    var wishTime: Int?
    /// What the last refusal has taught, and until when.
    var learnt: (limit: Int, until: Int)?
    /// No handshake is wanted before this: one was refused, and the shortest pause is not over.
    var pausedUntil = 0
    /// No handshake is wanted before this beside connections that serve: one was turned away for good.
    var barredUntil = 0
    /// Until when what runs may end, once the pool is shut down, and how often it has said that it is done.
    var shutdown: Int?
    var finished = 0

    /// The history that it is part of.
    unowned let history: History

    init(number: Int, settings: PoolSettings, history: History) {
        self.number = number
        self.history = history
        server = ModelServer(using: &history.generator)
        pool = PoolState(settings, generator: SeededGenerator(seed: history.generator.next()))
    }

    /// The history's time, as pools are told it.
    var now: PoolInstant { PoolInstant(milliseconds: history.now) }

    /// Milliseconds of the settings.
    var idleTimeout: Int { Int(pool.settings.idleTimeout.components.seconds) * 1_000 }
    var keepalive: Int { Int(pool.settings.keepaliveInterval.components.seconds) * 1_000 }

    /// Takes note of what must not be.
    func fault(_ text: String) { history.fault("host \(number): \(text)") }

    /// Carries out what the pool wants done, and compares the books.
    func perform(_ actions: [PoolAction]) {
        for action in actions { perform(action) }
        compare()
    }

    private func perform(_ action: PoolAction) {
        history.sights.note(action)
        switch action {
        case .reserve(let id): reserve(id.place)
        case .unreserve(let id): unreserve(id.place)
        case .connect(let id): connect(id.place)
        case .open(let caller, let id): open(caller.place, on: id.place)
        case .serve(let caller, let id): serve(caller.place, on: id.place)
        case .fail(let caller, let failure): fail(caller.place, failure)
        case .lose(let caller, let id): lose(caller.place, on: id.place)
        case .abandon(let caller, let id): abandon(caller.place, on: id.place)
        case .closeChannel(let caller, let id): closeChannel(caller.place, on: id.place)
        case .ping(let id): ping(id.place)
        case .close(let id, let isAbrupt): close(id.place, isAbrupt: isAbrupt)
        case .wake(let time): wake(at: time)
        case .finished(let left): finish(left: left)
        }
    }

    private func wake(at time: PoolInstant) {
        // Rounded up: an executor's timer is never early.
        let milliseconds = Int((time.nanoseconds + 999_999) / 1_000_000)
        wish += 1
        wishTime = milliseconds
        history.later(.tick(host: number, wish: wish), at: max(milliseconds, history.now))
    }

    private func finish(left: Int) {
        finished += 1
        guard let shutdown else { return fault("finished without a shut-down") }
        let open = connections.count { $0.phase != .gone }
        if finished > 1 { fault("finished twice") }
        if left != open { fault("finished with \(left) left, and there are \(open)") }
        let latest = shutdown + history.closeTimeout
        if history.now > max(latest, history.lastJump) { fault("finished too late") }
        if left > 0, history.now < latest { fault("finished before it had waited") }
    }

    /// How many channels the pool may put on a connection.
    func limit(of connection: ModelConnection) -> Int {
        let soft = pool.settings.softChannelLimit
        return min(soft, connection.ownLimit ?? learnt?.limit ?? soft)
    }

    /// Whether the pool may put another channel on a connection.
    func hasRoom(_ connection: ModelConnection) -> Bool {
        connection.phase == .ready && !connection.isDraining && connection.attached < limit(of: connection)
    }

    /// Whether a connection takes callers, or will when it has room.
    var hasServing: Bool { connections.contains { $0.phase == .ready && !$0.isDraining } }

    /// Whether those who wait are left to connections that serve.
    var isBarred: Bool { history.now < barredUntil && hasServing }

    /// Whether a caller waits for a connection.
    func isWaiting(_ caller: Int) -> Bool { callers[caller].end == .none && callers[caller].connection == nil }

    /// After so long a refusal is no longer believed, once there is need of more.
    func forgetOldLimit() {
        guard let learnt, learnt.until <= history.now else { return }
        if connections.contains(where: hasRoom) { return }
        self.learnt = nil
        for place in connections.indices { connections[place].ownLimit = nil }
    }
}

extension CallerID {
    /// Where the model keeps it.
    var place: Int { Int(number) }
}

extension ConnectionID {
    /// Where the model keeps it; the pool counts from 1.
    var place: Int { Int(number) - 1 }
    /// The connection that the model keeps there.
    init(place: Int) { self.init(UInt64(place + 1)) }
}

extension PoolInstant {
    /// So many milliseconds after the clock's origin.
    init(milliseconds: Int) { self.init(nanoseconds: Int64(milliseconds) * 1_000_000) }
}
