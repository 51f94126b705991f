/// That a check took longer than it may.
struct TooLate: Error {
    /// How long it may take.
    let seconds: Double
}

/// Runs a part of the work that ends soon when it is cancelled, and cancels it after `seconds`.
///
/// - Throws: what it throws, and ``TooLate``.
func withLimit<Value: Sendable>(
    _ seconds: Double,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: work)
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw TooLate(seconds: seconds)
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}

/// How many seconds work took.
func seconds(of duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}
