import FleetCore
import FleetHost
import FleetLedger
import FleetManager

extension CommandError {
    /// The error of another layer, as the command line tells it.
    init(wrapping error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as LedgerError: self.init(error)
        case let error as SpecError: self.init(error)
        case let error as ManagerError: self.init(error)
        case let error as HostError: self.init(error)
        case let error as System.Failure: self.init(.system, "the system refused: \(error.text)")
        default: self.init(.system, "\(error)")
        }
    }

    /// An error of the ledger or the workspace.
    init(_ error: LedgerError) {
        switch error.code {
        case .missing:
            self.init(
                .noWorkspace,
                error.message,
                hint: error.hint ?? "make a workspace with: codewhale fleet init"
            )
        case .archive: self.init(.noRecords, error.message, hint: error.hint)
        case .newer: self.init(.configuration, error.message, hint: error.hint)
        default: self.init(.workspace, error.message, hint: error.hint)
        }
    }

    /// Everything that is wrong with a spec.
    init(_ error: SpecError) {
        let count = error.faults.count + error.omitted
        self.init(.badSpec, "\(error.file ?? "the spec") has \(Wording.count(count, "fault")); nothing was started")
        faults = error.faults
        omittedFaults = error.omitted
    }

    /// An error of the manager.
    init(_ error: ManagerError) {
        let code: Code =
            switch error.code {
            case .specification: .badSpec
            case .notFound: .noRun
            case .configuration: .configuration
            case .busy: .busy
            default: .system
            }
        self.init(code, error.message, hint: error.hint)
    }

    /// An error of a host.
    init(_ error: HostError) {
        let code: Code =
            switch error.code {
            case .transport, .authentication, .hostKey: .unreachable
            case .configuration, .environment: .configuration
            default: .system
            }
        self.init(code, error.message, hint: error.hint)
    }
}
