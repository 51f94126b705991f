import FleetCore
import FleetLedger

extension OpenWorkspace {
    /// A run in short, with what its lock tells.
    func view(_ summary: RunSummary) -> RunView {
        let live = state.live(summary.id)
        let holder = live == nil ? nil : managerPID(summary.id)
        // The holder may not have written its pid yet.
        let known = holder.flatMap { $0 == 0 ? nil : $0 } ?? live?.managerPID
        return RunView(summary: summary, managerPID: known, isDriven: holder != nil)
    }

    /// How old the word of the ledger is, in seconds; nil where it cannot be looked at.
    func age(at now: Timestamp) -> Double? { lastChange.map { max(now.seconds(since: $0), 0) } }
}
