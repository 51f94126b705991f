import FleetCore
import FleetHost
import NIOPosix

/// How long it takes until hosts that nothing was known of are connected and have answered.
enum ColdStart {
    /// `cold concurrency=C`: each answers the greeting on its control channel.
    static func run(_ settings: Settings) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let connector = try settings.connector()
        let hosts = try settings.places.map { connector.adapterOfHost(try settings.spec($0), on: loop) }
        Figures().write()
        waitForWord()
        var figures = Figures()
        let cpu = Measure.processorTime()
        figures["seconds"] = try await connect(hosts, concurrency: settings.count("concurrency", default: 8))
        figures["cpu_seconds"] = Measure.processorTime() - cpu
        figures["served"] = Double(hosts.count)
        figures.write()
        waitForWord()
        await withTaskGroup { group in
            for host in hosts { group.addTask { await host.close() } }
        }
    }

    /// Connects hosts, so many at a time.
    ///
    /// - Returns: seconds until the last has answered.
    static func connect(_ hosts: [SupervisedHost], concurrency: Int) async throws -> Double {
        let begin = Measure.now()
        try await withThrowingTaskGroup { group in
            var rest = hosts[...]
            for host in rest.prefix(concurrency) { group.addTask { _ = try await host.connect() } }
            rest = rest.dropFirst(concurrency)
            while try await group.next() != nil {
                guard let host = rest.popFirst() else { continue }
                group.addTask { _ = try await host.connect() }
            }
        }
        return Double(Measure.now() - begin) / 1e9
    }
}
