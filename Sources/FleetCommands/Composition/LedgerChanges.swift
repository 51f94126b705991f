import Dispatch
import FleetLedger
import Synchronization

/// Waits for changes of a workspace's ledger, so that nobody has to look again and again.
///
/// One task at a time may wait.
final class LedgerChanges: Sendable {
    private struct State {
        var hasChanged = false
        var waiter: CheckedContinuation<Void, Never>?
        /// The number of waits so far, by which a timer knows whether it is too late.
        var waits = 0
    }

    /// What watcher, timers and waiter share.
    private final class Box: Sendable {
        let state = Mutex(State())

        func change() {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.hasChanged = state.waiter == nil
                return state.waiter.take()
            }
            waiter?.resume()
        }

        func end(wait: Int?) {
            let waiter = state.withLock { wait == nil || $0.waits == wait ? $0.waiter.take() : nil }
            waiter?.resume()
        }
    }

    private let box = Box()
    private let watcher: LedgerWatcher

    /// Watches from now on; what changes between two waits is not missed.
    init(_ workspace: Workspace) throws(LedgerError) {
        watcher = try LedgerWatcher(workspace) { [box] in box.change() }
    }

    deinit { watcher.cancel() }

    /// Returns at the next change, and after `limit` at the latest; at once where the task is cancelled.
    func next(within limit: Duration) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wait = box.state.withLock { state -> Int? in
                    if state.hasChanged || Task.isCancelled {
                        state.hasChanged = false
                        return nil
                    }
                    state.waiter = continuation
                    state.waits += 1
                    return state.waits
                }
                guard let wait else { return continuation.resume() }
                DispatchQueue.global().asyncAfter(deadline: .now() + limit.seconds) { [box] in box.end(wait: wait) }
            }
        } onCancel: {
            box.end(wait: nil)
        }
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
