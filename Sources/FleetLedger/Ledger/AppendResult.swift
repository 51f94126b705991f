package import FleetCore

/// What came of an append.
package struct AppendResult: Sendable {
    /// Whether the events were written; false where the precondition did not hold.
    package var wasAppended: Bool
    /// What other processes had written since the last look; it is in the state already.
    package var seen: [LedgerRecord]
    /// What was written; it is in the state already.
    package var written: [LedgerRecord]
}
