import UnixSignals

/// What a process that drives a run does at each INT or TERM.
enum SignalResponse: Sendable, Equatable {
    /// No more leases; what runs may finish.
    case drain
    /// What runs is interrupted.
    case interrupt
    /// The process ends at once; what runs goes on without it.
    case leave

    /// The response to the signal of a number, counted from 1.
    init(toSignal number: Int) {
        switch number {
        case ...1: self = .drain
        case 2: self = .interrupt
        default: self = .leave
        }
    }

    /// What is said at it.
    func sentence(_ signal: UnixSignal, run: String) -> String {
        switch self {
        case .drain: "\(signal.shortName): no more tasks are started; what runs may finish (once more: interrupt it)"
        case .interrupt: "\(signal.shortName): interrupting what runs (once more: leave at once)"
        case .leave: "\(signal.shortName): leaving; what runs goes on (codewhale fleet resume \(run) drives it on)"
        }
    }
}

extension UnixSignal {
    /// `INT`, `TERM`.
    var shortName: String {
        switch self {
        case .sigint: "INT"
        case .sigterm: "TERM"
        default: "signal \(rawValue)"
        }
    }
}
