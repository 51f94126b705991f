import FleetCore
import FleetHost
import NIOCore
import NIOPosix

/// Many hosts at once, each with its held channel: polled at a rate, or left alone.
enum Fleet {
    /// `fleet rate=POLLS_A_SECOND seconds=S concurrency=C`; a rate of 0 leaves them alone.
    static func run(_ settings: Settings) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let connector = try settings.connector()
        var figures = Figures()
        figures["resident_before"] = Double(Measure.residentBytes())
        let hosts = try settings.places.map { place in
            connector.adapterOfHost(try settings.spec(place), on: loop) { _ in }
        }
        figures["connecting"] = try await ColdStart.connect(
            hosts,
            concurrency: settings.count("concurrency", default: 8)
        )
        figures["resident_connected"] = Double(Measure.residentBytes())
        Figures().write()
        waitForWord()
        let seconds = settings.number("seconds", default: 10)
        let rate = settings.number("rate", default: 2_000)
        let (begin, cpu) = (Measure.now(), Measure.processorTime())
        if rate > 0 {
            let schedule = PollSchedule(hosts, on: loop)
            try await schedule.run(rate: rate, seconds: seconds)
            figures["missed"] = Double(schedule.missed)
            figures.add(times: schedule.times)
        } else {
            try await Task.sleep(for: .seconds(seconds))
        }
        figures["seconds"] = Double(Measure.now() - begin) / 1e9
        figures["cpu_seconds"] = Measure.processorTime() - cpu
        figures["resident"] = Double(Measure.residentBytes())
        figures.write()
        waitForWord()
        await withTaskGroup { group in
            for host in hosts { group.addTask { await host.close() } }
        }
    }
}

extension HostConnector {
    /// The adapter of a host of the benchmark.
    func adapterOfHost(
        _ spec: SSHHostSpec,
        on loop: any EventLoop,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) -> SupervisedHost {
        let description = HostDescription(
            name: "host-\(spec.port ?? 0)",
            reach: .ssh(spec),
            environment: [:]
        )
        return adapter(for: description, on: loop, onNotice: onNotice)
    }
}

/// Polls hosts in turn, evenly over the time, whether or not earlier polls were answered.
///
/// `@unchecked Sendable`: what changes is read and changed on the event loop alone, and read after the last turn.
final class PollSchedule: @unchecked Sendable {
    private let hosts: [SupervisedHost]
    private let loop: any EventLoop
    private var isWaiting: [Bool]
    private var interval: UInt64 = 0
    private var nextDue: UInt64 = 0
    private var end: UInt64 = 0
    private var next = 0
    private var outstanding = 0
    private let done: EventLoopPromise<Void>
    /// From when a poll was due to its answer, in nanoseconds.
    private(set) var times: [UInt64] = []
    /// Polls that were due while the host still owed an answer, and those that failed.
    private(set) var missed = 0

    init(_ hosts: [SupervisedHost], on loop: any EventLoop) {
        self.hosts = hosts
        self.loop = loop
        isWaiting = hosts.map { _ in false }
        done = loop.makePromise()
    }

    func run(rate: Double, seconds: Double) async throws {
        try await loop.flatSubmit { [self] in
            times.reserveCapacity(Int(rate * seconds) + 1)
            interval = UInt64(1e9 / rate)
            nextDue = Measure.now()
            end = nextDue + UInt64(seconds * 1e9)
            turn()
            return done.futureResult
        }
        .get()
    }

    private func turn() {
        let now = Measure.now()
        while nextDue <= now, nextDue < end {
            poll(next, due: nextDue)
            next = (next + 1) % hosts.count
            nextDue += interval
        }
        guard nextDue < end else {
            finish()
            return
        }
        loop.scheduleTask(in: .nanoseconds(Int64(nextDue - now))) { self.turn() }
    }

    private func poll(_ index: Int, due: UInt64) {
        guard !isWaiting[index] else {
            missed += 1
            return
        }
        isWaiting[index] = true
        outstanding += 1
        let host = hosts[index]
        Task {
            let answer = try? await host.status(of: [])
            loop.execute { [self] in
                isWaiting[index] = false
                outstanding -= 1
                if answer == nil { missed += 1 } else { times.append(Measure.now() - due) }
                finish()
            }
        }
    }

    private func finish() {
        if nextDue >= end, outstanding == 0 { done.succeed() }
    }
}
