import FleetCore

/// Is told of a run while it is driven.
protocol RunObserver: Sendable {
    /// Takes records as they are written; the manager does not wait for what is done with them.
    func observe(_ records: [LedgerRecord])
    /// Says something to people.
    func say(_ sentence: String)
    /// Returns when everything is written.
    func finish() async
}
