import Foundation
import TestServers
import TestSupport

/// What is done to the builders of a tortured run while its managers live and die; each fault is mended by itself.
actor TortureFaults {
    /// How often each was done.
    private(set) var counts: [String: Int] = [:]
    /// What could not be done, or not be mended.
    private(set) var troubles: [String] = []
    private let servers: [TestServer]
    private let longest: Double
    private var generator: SeededGenerator

    /// Faults for these servers, each of at most so many seconds.
    init(_ servers: [TestServer], seed: UInt64, longest: Double) {
        self.servers = servers
        self.longest = longest
        generator = SeededGenerator(seed: seed)
    }

    /// One fault after another until the task is cancelled; all are mended when it returns.
    func run() async {
        while !Task.isCancelled {
            guard let server = servers.randomElement(using: &generator) else { return }
            let seconds = Double.random(in: 0.2...longest, using: &generator)
            do {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: try await apply("paused", seconds, server.pause, server.unpause)
                case 1: try await apply("cut", seconds, server.cut, server.mend)
                default: try await apply("sessions killed", 0, server.drop) {}
                }
            } catch {
                troubles.append("\(error)")
            }
            try? await Task.sleep(for: .seconds(Double.random(in: 0.1...0.8, using: &generator)))
        }
    }

    private func apply(
        _ name: String,
        _ seconds: Double,
        _ fault: () async throws -> Void,
        _ mending: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await fault()
        counts[name, default: 0] += 1
        try? await Task.sleep(for: .seconds(seconds))
        // Mended also where the torture is over meanwhile.
        try await Task { try await mending() }.value
    }
}
