/// A moment on the executor's monotonic clock, in nanoseconds since whatever that clock counts from.
///
/// The pool never asks for the time, it is told. Nanoseconds in one word keep what happens for every packet cheap.
struct PoolInstant: InstantProtocol, Sendable {
    /// Nanoseconds since the clock's origin.
    let nanoseconds: Int64

    func advanced(by duration: Duration) -> PoolInstant {
        let (sum, isTooFar) = nanoseconds.addingReportingOverflow(Self.nanoseconds(of: duration))
        // What is too far away to be counted never comes.
        return PoolInstant(nanoseconds: isTooFar ? .max : sum)
    }

    func duration(to other: PoolInstant) -> Duration { .nanoseconds(other.nanoseconds - nanoseconds) }

    static func < (left: PoolInstant, right: PoolInstant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// A duration in nanoseconds, or the longest that can be counted so.
    private static func nanoseconds(of duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (scaled, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if isTooLong { return .max }
        let (sum, isOver) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return isOver ? .max : sum
    }
}
