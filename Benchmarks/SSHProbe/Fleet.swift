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
        let hosts = try settings.places.map { place in
            var polling = PollSettings()
            if let interval {
                polling = .every(interval)
                let pace = PollPace(interval, tally)
                polling.onAnswer = { pace.note($0) }
            }
            return connector.adapterOfHost(try settings.spec(place), polling: polling, on: loop)
        }
        // With the first connection come the libraries' pages and the threads, once for all.
        _ = try await ColdStart.connect(Array(hosts.prefix(1)), concurrency: 1)
        figures["resident_one"] = Double(Measure.residentBytes())
        let concurrency = settings.count("concurrency", default: 8)
        figures["connecting"] = try await ColdStart.connect(Array(hosts.dropFirst()), concurrency: concurrency)
        try await Task.sleep(for: .seconds(1))
        figures["resident_connected"] = Double(Measure.residentBytes())
        let pause = Self.pause(interval, hosts.count)
        try await withEach(hosts, pause: pause) { _ = try await $0.start(sleeper) }
        try await Task.sleep(for: .seconds(1))
        Figures().write()
        waitForWord()
        let (begin, cpu) = (Measure.now(), Measure.processorTime())
        try await loop.submit { tally.start() }.get()
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

    /// The pause between starts: each brings its host's next poll forward, and polls are to come evenly over the interval.
    ///
    /// A start is much work for the host, so that it takes several turns of the interval to have them all.
    private static func pause(_ interval: TimeAmount?, _ count: Int) -> Duration {
        guard let interval else { return .zero }
        let step = Duration.nanoseconds(interval.nanoseconds) / count
        var steps = max(1, Int(Duration.milliseconds(10) / step))
        while steps.isMultiple(of: 2) || steps.isMultiple(of: 5) { steps += 1 }
        return step * steps
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
    private var begin = NIODeadline.now()
    private var times: [UInt64] = []
    private var paces: [PollPace] = []
    private(set) var missed = 0

    init(on loop: any EventLoop) { self.loop = loop }

    /// A host is counted with the others, also where it never answers.
    func join(_ pace: PollPace) { paces.append(pace) }

    func start() {
        (isCounting, begin) = (true, now)
        times.reserveCapacity(1 << 17)
    }

    func end() -> [UInt64] {
        isCounting = false
        // What a host has not answered at the end was missed as well.
        for pace in paces { missed += pace.missed(from: begin, to: now) }
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
        tally.join(self)
    }

    func note(_ time: TimeAmount) {
        let sent = tally.now - time
        let missed = last.map { left($0, sent) } ?? 0
        last = sent
        tally.add(time, missed: missed)
    }

    /// How many polls were left out since the last that was answered, or since the beginning.
    func missed(from begin: NIODeadline, to end: NIODeadline) -> Int { left(max(last ?? begin, begin), end) }

    private func left(_ first: NIODeadline, _ second: NIODeadline) -> Int {
        let intervals = Double((second - first).nanoseconds) / Double(interval.nanoseconds)
        return max(0, Int(intervals.rounded()) - 1)
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
