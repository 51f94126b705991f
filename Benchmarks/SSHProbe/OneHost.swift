import FleetCore
import FleetHost
import NIOCore
import NIOPosix

/// Status polls of one host, one after another.
enum OneHost {
    /// `polls count=N transport=T thread=loop|other`: asked on the event loop's thread, as all other clients have but one,
    /// or from another.
    static func polls(_ settings: Settings) async throws {
        guard let place = settings.places.first else { return }
        let count = settings.count("count", default: 2_000)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = settings.text("thread", default: "loop") == "loop" ? LoopExecutor(loop) : nil
        let host = try settings.connector()
            .adapter(
                for: HostDescription(name: "host", reach: .ssh(try settings.spec(place)), environment: [:]),
                on: loop
            ) { _ in }
        _ = try await withTaskExecutorPreference(executor) { try await poll(host, count: 50) }
        Figures().write()
        waitForWord()
        let (begin, cpu) = (Measure.now(), Measure.processorTime())
        let times = try await withTaskExecutorPreference(executor) { try await poll(host, count: count) }
        var figures = Figures()
        figures["seconds"] = Double(Measure.now() - begin) / 1e9
        figures["cpu"] = (Measure.processorTime() - cpu) / Double(count)
        figures.add(times: times)
        figures.write()
        waitForWord()
        await host.close()
    }

    /// The round trips of polls.
    private static func poll(_ host: SupervisedHost, count: Int) async throws -> [UInt64] {
        var times: [UInt64] = []
        times.reserveCapacity(count)
        for _ in 0..<count {
            let start = Measure.now()
            _ = try await host.status(of: [])
            times.append(Measure.now() - start)
        }
        return times
    }
}
