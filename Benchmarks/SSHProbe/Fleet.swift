import FleetCore
import FleetHost
import FleetWire
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Many hosts at once, each with its held channel and an attempt that runs: polled at a rate, or left to pushes and the
/// polls that the manager makes by itself.
enum Fleet {
    /// `fleet rate=POLLS_A_SECOND seconds=S concurrency=C`; a rate of 0 is what the manager has.
    static func run(_ settings: Settings) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let connector = try settings.connector()
        let seconds = settings.number("seconds", default: 10)
        let rate = settings.number("rate", default: 2_000)
        let tally = PollTally(on: loop)
        let interval = rate > 0 ? TimeAmount.nanoseconds(Int64(Double(settings.places.count) / rate * 1e9)) : nil
        var figures = Figures()
        figures["resident_before"] = Double(Measure.residentBytes())
        let hosts = try settings.places.map { place in
            var polling = PollSettings()
            if let interval {
                polling = .every(interval)
                let pace = PollPace(interval, tally)
                polling.onAnswer = { pace.note($0) }
            }
            return connector.adapterOfHost(try settings.spec(place), polling: polling, on: loop)
        }
        let concurrency = settings.count("concurrency", default: 8)
        figures["connecting"] = try await ColdStart.connect(hosts, concurrency: concurrency)
        try await Task.sleep(for: .seconds(1))
        figures["resident_connected"] = Double(Measure.residentBytes())
        // A start brings the next poll forward: evenly over the interval, as polls are to come.
        let pause = Duration.nanoseconds((interval?.nanoseconds ?? 0) / Int64(max(1, hosts.count)))
        try await withEach(hosts, pause: pause) { _ = try await $0.start(sleeper) }
        try await Task.sleep(for: .seconds(1))
        Figures().write()
        waitForWord()
        let (begin, cpu) = (Measure.now(), Measure.processorTime())
        try await loop.submit { tally.begin() }.get()
        try await Task.sleep(for: .seconds(seconds))
        figures["cpu_seconds"] = Measure.processorTime() - cpu
        figures["seconds"] = Double(Measure.now() - begin) / 1e9
        figures.add(times: try await loop.submit { tally.end() }.get())
        figures["missed"] = Double(try await loop.submit { tally.missed }.get())
        figures["resident"] = Double(Measure.residentBytes())
        figures.write()
        waitForWord()
        try await withEach(hosts) { host in
            _ = try await host.stop(sleeper.key)
            await host.close()
        }
    }

    private static let sleeper = StartRequest(
        key: AttemptKey(run: "bench-\(getpid())", task: "sleep", attempt: 1, nonce: "nonce"),
        arguments: ["sleep", "1000"],
        workingDirectory: "~/"
    )

    private static func withEach(
        _ hosts: [SupervisedHost],
        pause: Duration = .zero,
        _ body: @escaping @Sendable (SupervisedHost) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            let begin = ContinuousClock.now
            for (number, host) in hosts.enumerated() {
                try await Task.sleep(until: begin + pause * number)
                group.addTask { try await body(host) }
            }
            try await group.waitForAll()
        }
    }
}

/// The round trips of all hosts' polls.
///
/// `@unchecked Sendable`: used on the event loop alone.
final class PollTally: @unchecked Sendable {
    private let loop: any EventLoop
    private var isCounting = false
    private var times: [UInt64] = []
    private(set) var missed = 0

    init(on loop: any EventLoop) { self.loop = loop }

    func begin() {
        isCounting = true
        times.reserveCapacity(1 << 17)
    }

    func end() -> [UInt64] {
        isCounting = false
        return times
    }

    func add(_ time: TimeAmount, missed polls: Int) {
        guard isCounting else { return }
        times.append(UInt64(time.nanoseconds))
        missed += polls
    }

    var now: NIODeadline { loop.now }
}

/// Tells of one host's polls which were left out: answers come at its interval, or the host was not asked.
///
/// `@unchecked Sendable`: used on the event loop alone.
final class PollPace: @unchecked Sendable {
    private let interval: TimeAmount
    private let tally: PollTally
    private var last: NIODeadline?

    init(_ interval: TimeAmount, _ tally: PollTally) {
        self.interval = interval
        self.tally = tally
    }

    func note(_ time: TimeAmount) {
        let sent = tally.now - time
        var missed = 0
        if let last {
            let intervals = Double((sent - last).nanoseconds) / Double(interval.nanoseconds)
            missed = max(0, Int(intervals.rounded()) - 1)
        }
        last = sent
        tally.add(time, missed: missed)
    }
}

extension HostConnector {
    /// The adapter of a host of the benchmark.
    func adapterOfHost(
        _ spec: SSHHostSpec,
        polling: PollSettings = PollSettings(),
        on loop: any EventLoop,
        onNotice: @escaping @Sendable (HostNotice) -> Void = { _ in }
    ) -> SupervisedHost {
        let description = HostDescription(
            name: "host-\(spec.port ?? 0)",
            reach: .ssh(spec),
            environment: [:],
            polling: polling
        )
        return adapter(for: description, on: loop, onNotice: onNotice)
    }
}
