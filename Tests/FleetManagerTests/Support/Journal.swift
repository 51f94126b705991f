import Synchronization

/// What happened, in order, for tests that wait for it.
final class Journal<Element: Sendable>: Sendable {
    private struct Waiter {
        let id: Int
        let isMet: @Sendable ([Element]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var entries: [Element] = []
        var waiters: [Waiter] = []
        var lastID = 0
    }

    private let state = Mutex(State())

    /// All entries so far.
    var all: [Element] { state.withLock { $0.entries } }

    func append(_ entry: Element) { append(contentsOf: [entry]) }

    func append(contentsOf entries: [Element]) {
        let met = state.withLock { state in
            state.entries += entries
            let met = state.waiters.filter { $0.isMet(state.entries) }
            state.waiters.removeAll { $0.isMet(state.entries) }
            return met
        }
        for waiter in met { waiter.continuation.resume() }
    }

    /// Returns once the entries are so, or the test is cancelled as its time is over.
    func waitForAll(toBe isMet: @escaping @Sendable ([Element]) -> Bool) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if isMet(state.entries) || Task.isCancelled { return true }
                    state.waiters.append(Waiter(id: id, isMet: isMet, continuation: continuation))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let place = state.waiters.firstIndex { $0.id == id }
                return place.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume()
        }
    }

    /// Returns once there are so many entries of a kind.
    func wait(for count: Int = 1, where isWanted: @escaping @Sendable (Element) -> Bool) async {
        await waitForAll { entries in entries.count(where: isWanted) >= count }
    }

    /// The entries of a kind so far.
    func count(where isWanted: (Element) -> Bool) -> Int { all.count(where: isWanted) }
}

/// Holds whoever passes until it is opened.
final class Gate: Sendable {
    private let journal = Journal<Void>()

    func open() { journal.append(()) }

    func pass() async { await journal.waitForAll { !$0.isEmpty } }
}
