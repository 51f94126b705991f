import FleetTransport
import FleetWire

/// Why a host did not do what it was asked.
package struct HostError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: RawRepresentable, Hashable, Sendable {
        /// The kind's name.
        package let rawValue: String
        /// A kind of that name.
        package init(rawValue: String) { self.rawValue = rawValue }

        /// The host could not be reached, or the channel was lost before the answer.
        package static let transport = Code(rawValue: "transport")
        /// The host refused who we are.
        package static let authentication = Code(rawValue: "authentication")
        /// The host is not who it should be.
        package static let hostKey = Code(rawValue: "host_key")
        /// A variable did not arrive.
        package static let environment = Code(rawValue: "environment")
        /// The program, its directory, or the set-up of either end is at fault.
        package static let configuration = Code(rawValue: "configuration")
        /// The attempt was given up before, or superseded.
        package static let refused = Code(rawValue: "refused")
        /// The attempt's number is taken by another key.
        package static let conflict = Code(rawValue: "conflict")
        /// The host knows nothing of the attempt.
        package static let unknownAttempt = Code(rawValue: "unknown_attempt")
        /// The attempt still runs.
        package static let running = Code(rawValue: "running")
        /// The host could not read or write its own files.
        package static let inputOutput = Code(rawValue: "input_output")
        /// What came from the host is not the protocol.
        package static let malformed = Code(rawValue: "malformed")
    }

    /// The kind.
    package var code: Code
    /// What happened, naming the host and the operation.
    package var message: String
    /// What the user can do, where there is something.
    package var hint: String?
    /// Of ``Code/refused`` and ``Code/conflict``: the greatest number of an attempt of the task that the host knows.
    package var usedNumber: UInt32?
    /// Whether the host itself is at fault, and another may well do what was asked: its disk is full, or cannot be written.
    package var isOfHost = false

    /// An error of its parts.
    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// How many scalars of a host's own words are kept.
    package static let messageLimit = 1_000

    package var description: String { hint.map { "\(message) (\($0))" } ?? message }
}

extension HostError {
    /// What any failure to reach a host means.
    package init(wrapping error: any Error, host: String) {
        switch error {
        case let error as HostError:
            self = error
        case let error as TransportError:
            let isNamed = error.message.hasPrefix("\(host): ")
            let message = isNamed ? error.message : "\(host): \(error.message)"
            self.init(Code(rawValue: error.code.rawValue), message, hint: error.hint)
        case is CancellationError:
            self.init(.transport, "\(host): the operation was cancelled")
        default:
            self.init(.transport, "\(host): \(error)")
        }
    }
}

extension HostError {
    /// What a supervisor's failure means here.
    init(_ failure: WireFailure, host: String) {
        let code: Code =
            switch failure.code {
            case .badRequest: .malformed
            case .unknownAttempt: .unknownAttempt
            case .refused: .refused
            case .conflict: .conflict
            case .configuration: .configuration
            case .running: .running
            case .inputOutput: .inputOutput
            }
        self.init(code, "\(host): \(failure.message.bounded(to: Self.messageLimit))")
        usedNumber = failure.usedNumber
        isOfHost = failure.isOfHost
    }
}
