import Synchronization

/// Counts who is somewhere at once.
final class Crowd: Sendable {
    private let state = Mutex((now: 0, peak: 0))

    /// The most that were there at once.
    var peak: Int { state.withLock { $0.peak } }

    /// Is there for as long as `body` takes.
    func join<Success>(_ body: () async throws -> Success) async rethrows -> Success {
        state.withLock { state in
            state.now += 1
            state.peak = max(state.peak, state.now)
        }
        defer { state.withLock { $0.now -= 1 } }
        return try await body()
    }
}
