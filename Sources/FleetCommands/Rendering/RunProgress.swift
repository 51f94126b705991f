import FleetCore

/// How far a run is, and when it will be over at the rate so far.
struct RunProgress: Sendable, Equatable {
    /// How many tasks stand where.
    var counts: TaskCounts
    /// How many had ended when the watch began.
    var endedBefore: Int
    /// Seconds since the watch began.
    var elapsed: Double

    /// A run's progress.
    init(counts: TaskCounts, endedBefore: Int = 0, elapsed: Double) {
        self.counts = counts
        self.endedBefore = endedBefore
        self.elapsed = elapsed
    }

    /// The part of the tasks that has ended, from 0 to 1.
    var fraction: Double {
        counts.total == 0 ? 1 : min(Double(counts.ended) / Double(counts.total), 1)
    }

    /// Seconds until all have ended, at the mean rate since the watch began; nil before the first has.
    var remaining: Double? {
        let done = counts.ended - endedBefore
        let left = counts.total - counts.ended
        if left <= 0 { return 0 }
        guard done > 0, elapsed > 0 else { return nil }
        return Double(left) * elapsed / Double(done)
    }

    /// A bar of so many columns, such as `[####----]`.
    func bar(columns: Int) -> String {
        let inner = max(columns - 2, 1)
        let full = counts.ended >= counts.total ? inner : min(Int(fraction * Double(inner)), inner - 1)
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: inner - full) + "]"
    }
}
