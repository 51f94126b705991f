import FleetCore
import FleetHost
import FleetWire
import NIOConcurrencyHelpers
import NIOPosix

/// The delay from a task's end to its host adapter's notice of it, without a poll.
enum Pushes {
    /// `pushes ends=N rate=R ender=PROGRAM directory=DIR`: tasks over all hosts in turn, R of them started a second.
    ///
    /// A task is `PROGRAM FILE MILLISECONDS`, which sleeps, writes the monotonic clock into the file, and ends.
    static func run(_ settings: Settings) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let connector = try settings.connector()
        let (ends, rate) = (settings.count("ends", default: 200), settings.number("rate", default: 20))
        let (ender, directory) = (settings.text("ender", default: ""), settings.text("directory", default: ""))
        let seen = NIOLockedValueBox<[String: UInt64]>([:])
        let hosts = try settings.places.map { place in
            connector.adapterOfHost(try settings.spec(place), on: loop) { notice in
                guard case .changed(let reports) = notice else { return }
                let now = Measure.now()
                seen.withLockedValue { seen in
                    for report in reports where report.state == .exited && seen[report.key.task] == nil {
                        seen[report.key.task] = now
                    }
                }
            }
        }
        _ = try await ColdStart.connect(hosts, concurrency: 8)
        Figures().write()
        waitForWord()
        let run = "bench-\(Measure.now())"
        try await withThrowingTaskGroup { group in
            for number in 0..<ends {
                let (host, place) = (hosts[number % hosts.count], settings.places[number % hosts.count])
                let task = "t\(number)"
                let request = StartRequest(
                    key: AttemptKey(run: run, task: task, attempt: 1, nonce: "n\(number)"),
                    arguments: [ender, "\(directory)/\(task)", "300"],
                    workingDirectory: place.home
                )
                group.addTask { _ = try await host.start(request) }
                try await Task.sleep(for: .seconds(1 / rate))
            }
            try await group.waitForAll()
        }
        let limit = Measure.now() + 10_000_000_000
        while seen.withLockedValue({ $0.count }) < ends, Measure.now() < limit {
            try await Task.sleep(for: .milliseconds(20))
        }
        var figures = Figures()
        figures.add(
            times: try seen.withLockedValue { $0 }
                .map { task, time in
                    let text = try Settings.text(of: "\(directory)/\(task)")
                    guard let end = UInt64(text), end <= time else {
                        throw Settings.Fault(message: "\(task) ended unseen")
                    }
                    return time - end
                }
        )
        figures["missed"] = Double(ends - seen.withLockedValue { $0.count })
        figures.write()
        waitForWord()
        await withTaskGroup { group in
            for host in hosts { group.addTask { await host.close() } }
        }
    }
}
