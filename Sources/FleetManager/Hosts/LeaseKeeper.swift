import FleetCore
import FleetHost
import Logging
import NIOConcurrencyHelpers

/// Renews the workspace's leases on the hosts that carry something, whatever the manager itself waits for.
///
/// The manager says in its turns which hosts these are. All else happens here: a turn may wait long for the ledger,
/// as another process holds its lock or the disk is slow, and hosts must not take that for the manager's death.
final class LeaseKeeper: Sendable {
    private struct State {
        /// The hosts that carry something, by their places.
        var carrying: Set<Int> = []
        /// When the lease on a host is renewed next; nothing where nothing of it was seen to yet.
        var due: [Int: Timestamp] = [:]
        /// Hosts that were asked, and have not answered yet.
        var asked: Set<Int> = []
    }

    private let hosts: [Host]
    private let spec: RunSpec
    private let context: ManagerContext
    private let state = NIOLockedValueBox(State())
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// A keeper of the leases on a run's hosts.
    init(_ hosts: [Host], of spec: RunSpec, _ context: ManagerContext) {
        self.hosts = hosts
        self.spec = spec
        self.context = context
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes notice of which hosts carry something now.
    ///
    /// - Parameter carrying: their places, and whether something there was started by another manager: a start renews
    ///   the lease, so that what was started here is well for a while.
    func keep(_ carrying: [Int: Bool]) {
        let now = context.now()
        let isNews = state.withLockedValue { state in
            let places = Set(carrying.keys.filter { spec.leaseValidity(hosts[$0]) > 0 })
            for place in places where state.due[place] == nil {
                state.due[place] = carrying[place] == true ? now : next(after: now)
            }
            defer { state.carrying = places }
            return places != state.carrying
        }
        if isNews { wake.yield() }
    }

    /// A host has heard of nobody for a while, and is told as soon as it carries something.
    func hurry(_ place: Int) {
        let now = context.now()
        state.withLockedValue { $0.due[place] = now }
        wake.yield()
    }

    /// Renews what is due, until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            var iterator = wakeups.makeAsyncIterator()
            while !Task.isCancelled {
                let (due, next) = takeDue()
                for place in due { group.addTask { await self.renew(place) } }
                let wait = next.map { max(1, $0.milliseconds - context.now().milliseconds) }
                let alarm = wait.map { context.runtime.schedule(in: $0) { [wake] in wake.yield() } }
                let hasWoken = await iterator.next() != nil
                alarm?.cancel()
                if !hasWoken { return }
            }
        }
    }

    /// The hosts that are to be asked now, and when the next one is.
    private func takeDue() -> (due: [Int], next: Timestamp?) {
        let now = context.now()
        return state.withLockedValue { state in
            var (places, earliest): ([Int], Timestamp?) = ([], nil)
            for place in state.carrying.subtracting(state.asked).sorted() {
                guard let due = state.due[place] else { continue }
                if due <= now {
                    places.append(place)
                    state.asked.insert(place)
                    state.due[place] = next(after: now)
                } else {
                    earliest = min(earliest ?? due, due)
                }
            }
            return (places, earliest)
        }
    }

    /// Renews one; where that cannot be, it is tried again when it is due, or when the host is back.
    private func renew(_ place: Int) async {
        let validity = spec.leaseValidity(hosts[place])
        let result = await hosts[place].ask { try await $0.renew(validity: validity) }
        if case .failure(let error) = result {
            context.logger.info("the lease of the workspace could not be renewed", metadata: ["error": "\(error)"])
        }
        state.withLockedValue { _ = $0.asked.remove(place) }
        wake.yield()
    }

    private func next(after now: Timestamp) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds + Int64(spec.leaseRenewal))
    }
}

extension RunSpec {
    /// The longest time between two renewals, in milliseconds.
    private static let longestRenewal: Double = 60_000

    /// After how many seconds without a manager a host ends what it runs; nil where that runs on.
    var lossSeconds: Double? { if case .stopAfter(let seconds) = onManagerLoss { seconds } else { nil } }

    /// After how many milliseconds without a manager a host is to end an attempt; 0 for never.
    var lossLimit: UInt64 { lossSeconds.map(Self.milliseconds) ?? 0 }

    /// Milliseconds between two renewals: so many that three in a row may be lost.
    fileprivate var leaseRenewal: Double { max(20, min((lossSeconds ?? lostAfter) * 1_000 / 4, Self.longestRenewal)) }

    /// For how many milliseconds a renewal says that the workspace's attempts are somebody's work; 0 where nobody asks:
    /// on this machine no other workspace comes across them.
    func leaseValidity(_ host: Host) -> UInt64 {
        host.isLocal && lossSeconds == nil ? 0 : Self.milliseconds(max(lostAfter, lossSeconds ?? 0))
    }

    private static func milliseconds(_ seconds: Double) -> UInt64 { UInt64(min(max(1, seconds * 1_000), 1e15)) }
}
