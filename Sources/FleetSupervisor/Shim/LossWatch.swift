/// Tells when an attempt is to be ended as its host has heard of no manager for too long.
///
/// Times are milliseconds of CLOCK_BOOTTIME, which goes on while the machine sleeps. A machine that wakes has heard of
/// nobody for as long as it slept: its managers have half the limit then to be heard again, as those of the same
/// machine slept, too, and others may be on their way back.
struct LossWatch {
    /// What is to be done.
    enum Verdict: Equatable {
        /// To look again at a time.
        case wait(until: UInt64)
        /// To end the attempt.
        case lost
    }

    /// Milliseconds without a manager.
    let limit: UInt64
    /// When a manager was last heard of.
    private(set) var heardAt: UInt64
    /// How long the machine had slept since its boot when it was last looked at.
    private var slept: UInt64
    private var patience: UInt64 = 0

    /// How much of a difference of the two clocks is a sleep.
    private static let sleepStep: UInt64 = 1_000

    /// A watch that begins now: whoever starts an attempt is a manager.
    ///
    /// - Parameters:
    ///   - limit: milliseconds without a manager.
    ///   - now: the time.
    ///   - awake: how long the machine was awake since its boot: CLOCK_MONOTONIC.
    init(limit: UInt64, now: UInt64, awake: UInt64) {
        self.limit = min(limit, 1 << 42)
        heardAt = now
        slept = now &- awake
    }

    /// When it is to be looked at next, as far as is known.
    var due: UInt64 { max(heardAt &+ limit, patience) }

    /// Looks at it.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - awake: as above.
    ///   - renewedAt: when the lease was renewed; nil where that cannot be read.
    /// - Returns: what is to be done.
    mutating func look(now: UInt64, awake: UInt64, renewedAt: UInt64?) -> Verdict {
        if let renewedAt, renewedAt <= now { heardAt = max(heardAt, renewedAt) }
        let sleep = now &- awake
        if sleep > slept &+ Self.sleepStep { patience = now &+ limit / 2 }
        slept = max(slept, sleep)
        return now >= due ? .lost : .wait(until: due)
    }
}
