package import FleetCore

/// Whether a host is to be tried: a circuit breaker.
///
/// Pure: it is given the time.
///
/// Closed, everything is tried. After ``threshold`` failures in a row it opens: nothing is tried until its wait is over,
/// and then one probe, on whose result it closes or opens again for twice as long. A failure that time does not heal
/// (a key that is refused, or another host key) puts the host into quarantine, until somebody has seen to it. So do
/// ``threshold`` failures in a row each of which may be of that kind.
package struct Breaker: Sendable, Equatable {
    /// Where it stands.
    package enum State: Sendable, Equatable {
        /// The host may be tried.
        case closed
        /// It may not, before this time.
        case open(until: Timestamp)
        /// One probe is under way.
        case halfOpen
        /// Somebody has to see to the host first.
        case quarantined
    }

    /// What a failure means for the next try.
    package enum Kind: Sendable, Equatable {
        /// It may pass.
        case passing
        /// It looks like a fault of the set-up, and may pass all the same: a full disk or a slow login shell does.
        case doubtful
        /// It needs somebody.
        case lasting
    }

    /// Failures in a row that open it.
    package static let threshold = 3
    /// Seconds of the first wait.
    package static let firstWait = 5.0
    /// Seconds of the longest one.
    package static let longestWait = 300.0

    /// Where it stands.
    package private(set) var state = State.closed
    /// How many failures there were in a row.
    package private(set) var failures = 0
    /// How many of the last of these in a row looked like a fault of the set-up; not kept for later processes.
    private var faults = 0
    /// Seconds of the present wait, or of the last one while a probe is under way.
    package private(set) var wait = 0.0

    /// A closed one.
    package init() {}

    /// One as it was kept by an earlier process; its probe, if it had one under way, is due again.
    package init(state: State, failures: Int, wait: Double, now: Timestamp) {
        self.state = state == .halfOpen ? .open(until: now) : state
        if state == .quarantined { faults = Self.threshold }
        self.failures = max(0, failures)
        self.wait = wait.isFinite ? min(max(wait, 0), Self.longestWait) : Self.longestWait
        // A clock that was set back makes nobody wait longer.
        if case .open(let until) = self.state {
            self.state = .open(until: min(until, now.adding(seconds: Self.longestWait)))
        }
    }

    /// Whether the host may be tried.
    package func mayTry(at now: Timestamp) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): until <= now
        case .halfOpen, .quarantined: false
        }
    }

    /// A try begins, if it may.
    package mutating func begin(at now: Timestamp) -> Bool {
        guard mayTry(at: now) else { return false }
        if case .open = state { state = .halfOpen }
        return true
    }

    /// The host has answered.
    package mutating func noteSuccess() { self = Breaker() }

    /// It has not.
    package mutating func noteFailure(_ kind: Kind, at now: Timestamp) {
        failures += 1
        // Where somebody is waited for already, nothing that passes changes that.
        guard state != .quarantined else { return }
        switch kind {
        case .passing: faults = 0
        case .doubtful: faults += 1
        case .lasting: faults = Self.threshold
        }
        guard faults < Self.threshold else {
            faults = Self.threshold
            state = .quarantined
            return
        }
        switch state {
        case .closed:
            guard failures >= Self.threshold else { return }
            open(for: Self.firstWait, at: now)
        case .halfOpen: reopen(at: now)
        // It was tried again without a probe: over a connection that stands.
        case .open(let until) where until <= now: reopen(at: now)
        // The answer to a try of earlier: it says nothing new.
        case .open, .quarantined: break
        }
    }

    /// Makes the next try due at once: somebody is there who waits for it.
    package mutating func makeDue(at now: Timestamp) {
        switch state {
        case .open, .quarantined: state = .open(until: now)
        case .closed, .halfOpen: break
        }
    }

    /// Opens it for twice as long as before.
    private mutating func reopen(at now: Timestamp) {
        open(for: min(max(wait * 2, Self.firstWait), Self.longestWait), at: now)
    }

    private mutating func open(for seconds: Double, at now: Timestamp) {
        wait = seconds
        state = .open(until: now.adding(seconds: seconds))
    }

    /// When the next try is due, where that is known.
    package var nextTry: Timestamp? { if case .open(let until) = state { until } else { nil } }

    /// Whether somebody has to see to the host.
    package var isQuarantined: Bool { state == .quarantined }
}
