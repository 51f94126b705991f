import FleetCore
import FleetHost
import NIOCore
import NIOPosix

/// Status polls of one host, one after another.
enum OneHost {
    /// `polls count=N transport=T`.
    static func polls(_ settings: Settings) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withTaskExecutorPreference(LoopExecutor(loop)) { try await polls(settings, on: loop) }
    }

    private static func polls(_ settings: Settings, on loop: any EventLoop) async throws {
        guard let place = settings.places.first else { return }
        let count = settings.count("count", default: 2_000)
        let host = try settings.connector()
            .adapter(
                for: HostDescription(name: "host", reach: .ssh(try settings.spec(place)), environment: [:]),
                on: loop
            ) { _ in }
        for _ in 0..<50 { _ = try await host.status(of: []) }
        Figures().write()
        waitForWord()
        var times: [UInt64] = []
        times.reserveCapacity(count)
        let (begin, cpu) = (Measure.now(), Measure.processorTime())
        for _ in 0..<count {
            let start = Measure.now()
            _ = try await host.status(of: [])
            times.append(Measure.now() - start)
        }
        var figures = Figures()
        figures["seconds"] = Double(Measure.now() - begin) / 1e9
        figures["cpu"] = (Measure.processorTime() - cpu) / Double(count)
        figures.add(times: times)
        figures.write()
        waitForWord()
        await host.close()
    }
}
