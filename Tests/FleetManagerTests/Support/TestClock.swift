import FleetCore
import Synchronization

/// A clock that stands still but for what a test adds.
final class TestClock: Sendable {
    private let state = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

    var now: Timestamp { state.withLock { $0 } }

    func advance(milliseconds: Int64) {
        state.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + milliseconds) }
    }
}
