import Synchronization

/// A value that cases wait on.
package final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var last = 0
    }

    private let state: Mutex<State>

    /// A value to begin with.
    package init(_ value: Value) { state = Mutex(State(value: value)) }

    /// The value now.
    package var value: Value { state.withLock { $0.value } }

    /// Changes the value, and wakes who waits.
    package func change(_ body: @Sendable (inout Value) -> Void) {
        let waiters = state.withLock { state in
            body(&state.value)
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until the value meets the condition, and gives it.
    ///
    /// - Throws: ``Command/Failure`` where it does not in time.
    @discardableResult
    package func wait(
        _ what: String,
        seconds: Double = 60,
        until isMet: @Sendable (Value) -> Bool
    ) async throws -> Value {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let value = self.value
            if isMet(value) { return value }
            guard ContinuousClock.now < deadline else {
                throw Command.Failure("\(what) did not come within \(seconds) s")
            }
            let number = state.withLock { state in
                state.last += 1
                return state.last
            }
            let timer = Task {
                try? await Task.sleep(until: deadline)
                self.wake(number)
            }
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiters[number] = continuation }
                // It may have changed between the look and now.
                if isMet(self.value) { wake(number) }
            }
            timer.cancel()
        }
    }

    private func wake(_ number: Int) { state.withLock { $0.waiters.removeValue(forKey: number) }?.resume() }
}

/// Looks again and again until a condition holds that nobody tells of: what processes and files of a host are.
///
/// - Returns: whether it came to hold in time.
package func eventually(seconds: Double = 10, _ isMet: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if try await isMet() { return true }
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
}
