import TestSupport

@testable import FleetLibSSH2

/// One random history: some endpoints with pools that share a budget, servers in changing moods, and callers that come,
/// give up and release; then the servers recover, all must be served, and at the end nothing may be left.
final class History {
    /// Who holds the budget's leave.
    struct Holder: Hashable {
        let host: Int
        let connection: Int
    }

    /// What was found, at most a few.
    private(set) var faults: [String] = []
    /// What has come up.
    var sights = Sights()
    /// How many events there were.
    private(set) var steps = 0
    var generator: SeededGenerator
    var budget: ConnectBudget<Holder>
    /// Milliseconds; they begin anywhere.
    private(set) var now: Int
    /// When the clock last jumped: what was due before comes late.
    private(set) var lastJump = 0
    private(set) var isEnding = false
    private(set) var hosts: [ModelHost] = []
    private var isLarge = false
    private var queue = EventQueue()
    private let settings: PoolSettings

    /// Milliseconds of the settings.
    var closeTimeout: Int { 5_000 }
    var limitMemory: Int { 600_000 }

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var settings = PoolSettings()
        settings.connectionLimit = Int.random(in: 1...6, using: &generator)
        settings.openingLimit = Int.random(in: 1...8, using: &generator)
        settings.softChannelLimit = [1, 2, 3, 8][Int.random(in: 0..<4, using: &generator)]
        settings.patience = .seconds(Int.random(in: 1...40, using: &generator))
        settings.idleTimeout = .seconds([1, 1, 5, 60][Int.random(in: 0..<4, using: &generator)])
        self.settings = settings
        budget = ConnectBudget(limit: Int.random(in: 1...4, using: &generator))
        now = Int.random(in: 0...1_000_000, using: &generator)
        self.generator = generator
    }

    /// Plays it to its end.
    func play() {
        let count = [1, 1, 1, 2, 3][random(0..<5)]
        hosts = (0..<count).map { ModelHost(number: $0, settings: settings, history: self) }
        // Most are small: what is wrong shows there as well, and more of them can be played.
        isLarge = chance(5)
        for _ in 0..<random(1..<(isLarge ? 40 : 12)) {
            happen(to: hosts[random(0..<hosts.count)])
            let pause = [0, 0, 20, 1_000, 20_000][random(0..<5)]
            run(until: now + random(0..<pause + 1))
            if !faults.isEmpty { return }
        }
        end()
        if !faults.isEmpty { return }
        for host in hosts { host.compareAtEnd() }
        if budget.holders + budget.waiting > 0 { fault("the budget is not given back") }
    }

    func random(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }
    func chance(_ percent: Int) -> Bool { percent > 0 && random(0..<100) < percent }
    func later(_ event: EventQueue.Event, at time: Int) { queue.add(event, at: time) }
    func soon(_ event: EventQueue.Event, within milliseconds: Int) {
        queue.add(event, at: now + random(0..<milliseconds + 1))
    }

    func fault(_ text: String) {
        if faults.count < 5 { faults.append("step \(steps), at \(now): \(text)") }
    }

    /// The budget's leave reaches who asked for it.
    func deliver(_ holders: [Holder]) {
        if budget.holders > budget.limit { fault("\(budget.holders) handshakes over all") }
        for holder in holders { soon(.granted(host: holder.host, connection: holder.connection), within: 2) }
    }

    /// Half of them are shut down as they are; in the others the servers are well from now on: what waits ends, who comes
    /// is served, and all that is idle goes.
    private func end() {
        isEnding = true
        if chance(50) {
            for host in hosts { host.shutDown(within: random(0..<10_000)) }
        } else {
            for host in hosts { host.recover() }
            run(until: now + 60_000)
            for host in hosts { host.releaseAll() }
            run(until: now + 60_000)
            for host in hosts where host.shutdown == nil {
                for _ in 0..<random(1..<(isLarge ? 40 : 6)) { host.acquire(patience: 600_000, mustBeServed: true) }
            }
            // Forty may share one channel, which a slow server opens in five seconds.
            run(until: now + 400_000)
            for host in hosts where host.callers.contains(where: { $0.mustBeServed && $0.end == .none }) {
                fault("host \(host.number): not served in time")
            }
        }
        for host in hosts { host.releaseAll() }
        // Far beyond patience, idle time and all else: what comes to an end has done so.
        run(until: now + 1_000_000)
        if !queue.isEmpty { fault("it does not come to rest") }
    }

    /// Something happens from outside.
    private func happen(to host: ModelHost) {
        switch random(0..<20) {
        case 0..<9:
            for _ in 0..<[1, 1, 3, isLarge ? 30 : 6][random(0..<4)] { host.acquire(patience: nil, mustBeServed: false) }
        case 9..<13: host.cancelSomebody()
        case 13..<17: host.changeServer()
        case 17: jump()
        case 18: host.tickTwice()
        default: if chance(30) { host.shutDown(within: random(0..<30_000)) }
        }
    }

    private func jump() {
        now += [1_000, 100_000, 4_000_000][random(0..<3)]
        lastJump = now
    }

    private func run(until end: Int) {
        while let next = queue.next() {
            if next.time > end {
                queue.putBack(next)
                break
            }
            now = max(now, next.time)
            steps += 1
            if steps > 20_000 { fault("it does not end") }
            if !faults.isEmpty { return }
            happen(next.event)
        }
        now = max(now, end)
    }

    private func happen(_ event: EventQueue.Event) {
        switch event {
        case .tick(let host, let wish): hosts[host].tick(wish)
        case .granted(let host, let connection): hosts[host].granted(connection)
        case .handshakeEnds(let host, let connection): hosts[host].handshakeEnds(connection)
        case .channelAnswers(let host, let connection): hosts[host].channelAnswers(connection)
        case .releases(let host, let caller): hosts[host].releases(caller)
        case .serverFrees(let host, let connection): hosts[host].connections[connection].serverOpen -= 1
        case .answers(let host, let connection): hosts[host].answers(connection)
        case .breaks(let host, let connection): hosts[host].breaks(connection)
        case .closes(let host, let connection): hosts[host].closes(connection)
        }
    }
}
