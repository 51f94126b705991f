import FleetHost
import FleetWire
import TestServers

/// What a host told unasked; lets a case wait for it.
final class Notices: Sendable {
    private struct Told {
        var reports: [(report: AttemptReport, at: ContinuousClock.Instant)] = []
        var disconnections = 0

        func first(
            of key: AttemptKey,
            where isMet: (AttemptReport) -> Bool
        ) -> (report: AttemptReport, at: ContinuousClock.Instant)? {
            reports.first { $0.report.key == key && isMet($0.report) }
        }
    }

    private let told = Watched(Told())

    func take(_ notice: HostNotice) {
        told.change { told in
            switch notice {
            case .changed(let reports): told.reports += reports.map { ($0, .now) }
            case .disconnected: told.disconnections += 1
            case .connected, .fallback, .pollRefused: break
            }
        }
    }

    /// How often a channel was lost.
    var disconnections: Int { told.value.disconnections }

    /// All reports of an attempt, in order.
    func reports(of key: AttemptKey) -> [AttemptReport] {
        told.value.reports.map(\.report).filter { $0.key == key }
    }

    /// Waits until a report of the attempt was pushed that meets the condition.
    ///
    /// - Throws: ``Command/Failure`` after a minute.
    @discardableResult
    func wait(
        for key: AttemptKey,
        _ what: String = "the end",
        where isMet: @Sendable (AttemptReport) -> Bool = { $0.state == .exited || $0.state == .lost }
    ) async throws -> (report: AttemptReport, at: ContinuousClock.Instant) {
        let told = try await told.wait("\(what) of \(key.task)") { $0.first(of: key, where: isMet) != nil }
        guard let found = told.first(of: key, where: isMet) else { throw SiteError("\(what) of \(key.task) is gone") }
        return found
    }
}
