import FleetCore
import FleetHost
import FleetLedger
import FleetManager

/// Copies the log of an attempt on another machine on, where the run has no manager that does.
struct LogRefresher {
    /// How long is waited between two looks at the host.
    static let pause = Duration.seconds(2)

    let workspace: OpenWorkspace
    let options: FleetOptions
    let console: Console

    /// Asks the host, and says so where it cannot be asked: then what is here is shown.
    ///
    /// - Returns: whether it was asked.
    func refresh(_ named: OpenWorkspace.NamedAttempt) async throws -> Bool {
        guard named.attempt.isOpen, workspace.managerPID(named.run) == nil else { return false }
        let context = try Composition.managerContext(workspace.place, options: options)
        for error in try await Operations(context: context).refresh(only: named.run) {
            console.note("warning: \(TerminalText.line(error.description))\n")
        }
        try workspace.ledger.refresh()
        return true
    }
}
