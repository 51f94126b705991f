import FleetHost
import FleetWire
import Foundation
import Synchronization

/// What a host told unasked; lets a case wait for it.
final class Notices: Sendable {
    private struct State {
        var reports: [(report: AttemptReport, at: ContinuousClock.Instant)] = []
        var disconnections = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    func take(_ notice: HostNotice) {
        let waiters = state.withLock { state in
            switch notice {
            case .changed(let reports): state.reports += reports.map { ($0, .now) }
            case .disconnected: state.disconnections += 1
            case .connected: break
            }
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// How often a channel was lost.
    var disconnections: Int { state.withLock { $0.disconnections } }

    /// All reports of an attempt, in order.
    func reports(of key: AttemptKey) -> [AttemptReport] {
        state.withLock { $0.reports.map(\.report).filter { $0.key == key } }
    }

    /// Waits until a report of the attempt was pushed that meets the condition.
    ///
    /// - Throws: ``SiteError`` after a minute.
    @discardableResult
    func wait(
        for key: AttemptKey,
        _ what: String = "the end",
        where isMet: @Sendable (AttemptReport) -> Bool = { $0.state == .exited || $0.state == .lost }
    ) async throws -> (report: AttemptReport, at: ContinuousClock.Instant) {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let found = state.withLock { $0.reports.first { $0.report.key == key && isMet($0.report) } }
            if let found { return found }
            guard ContinuousClock.now < deadline else {
                throw SiteError("\(what) of \(key.task) was not pushed in time")
            }
            await next(
                until: deadline,
                unless: { [self] in
                    state.withLock { $0.reports.contains { $0.report.key == key && isMet($0.report) } }
                }
            )
        }
    }

    /// Waits for the next notice, or the deadline.
    private func next(until deadline: ContinuousClock.Instant, unless isThere: @Sendable () -> Bool) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let timer = Task {
            try? await Task.sleep(until: deadline)
            self.wake(number)
        }
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiters[number] = continuation }
            // It may have come between the look and now.
            if isThere() { wake(number) }
        }
        timer.cancel()
    }

    private func wake(_ number: Int) { state.withLock { $0.waiters.removeValue(forKey: number) }?.resume() }
}
