package import FleetWire

/// Something that an attempt left on a host, and that no run which goes on owns.
package struct Orphan: Sendable {
    /// Why nobody owns it.
    package enum Cause: Sendable, Equatable {
        /// The ledger does not know its run.
        case unknownRun
        /// Its run has ended.
        case endedRun
        /// It was given up, and the task went on without it.
        case givenUp
        /// Its run goes on, and the ledger does not know the attempt, or knows its end.
        case unknownAttempt
        /// It is another workspace's, whose manager was last heard of so many seconds ago: longer than its lease.
        case silentOwner(seconds: Double)
        /// It is another workspace's, of before the host was booted.
        case earlierBoot
        /// It is another workspace's that never had a lease: nobody can say whether somebody drives it.
        case unknownOwner
    }

    /// What came of the wish to reap it.
    package enum Result: Sendable, Equatable {
        /// It was only looked for.
        case found
        /// It was stopped, verified, and its records are gone.
        case stopped
        /// It had ended, and its records are gone.
        case removed
        /// These processes of it remain, for this reason.
        case survivors([Int], reason: String?)
        /// It is left: it is another workspace's, and nobody said that these are to be reaped, or may be.
        case left
        /// It is left: a live manager drives its run, whatever the ledger says.
        case driven
        /// Its owner is back, and drives it.
        case owned
        /// The host could not do it, or could not be asked.
        case failed(String)
    }

    /// The workspace.
    package let workspace: String
    /// Whether it is this one.
    package let isOwn: Bool
    /// What the host says of it.
    package let report: AttemptReport
    /// Why nobody owns it.
    package let cause: Cause
    /// What came of it.
    package var result = Result.found

    /// Whether anything of it may still run.
    package var isRunning: Bool { report.state == .running || report.state == .unsupervised }
}

/// What was left on one host.
package struct OrphanHost: Sendable {
    /// Its name in messages.
    package let name: String
    /// What carries the connection.
    package let transport: String
    /// What nobody owns.
    package var orphans: [Orphan] = []
    /// How many attempts run there for other workspaces that are at work.
    package var othersRunning = 0
    /// Why it could not be asked.
    package var failure: String?
}
