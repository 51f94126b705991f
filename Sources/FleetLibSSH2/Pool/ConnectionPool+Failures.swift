import FleetTransport

/// What failures mean to the pool, and to those who ask it.
extension ConnectionPool {
    static func failure(_ error: TransportError?) -> ConnectFailure {
        switch (error?.code, error?.reason) {
        case (.authentication, _): .authentication
        case (.hostKey, _): .hostKey
        case (.configuration, _), (_, .negotiation): .configuration
        case (_, .timeout): .timeout
        case (_, .busy): .busy
        case (_, .refused), (_, .unreachable), (_, .unresolvable), (_, .notSSH): .unreachable
        default: .dropped
        }
    }

    func error(_ failure: PoolFailure, _ caller: Caller) -> any Error {
        let name = route.endpoint.name
        let told = failure.connection.flatMap { errors[$0] }
        switch failure.kind {
        case .cancelled: return CancellationError()
        case .connect: return told ?? lost
        case .lost: return told ?? lost
        case .channel: return caller.error ?? lost
        case .refused:
            return TransportError(
                .transport,
                "\(name): the host takes no more sessions",
                reason: .sessionRefused,
                hint: "see MaxSessions in the host's sshd_config"
            )
        case .impatient: return caller.hasStarted ? unheard : late
        case .closed: return TransportError(.transport, "\(name): the session is closed", reason: .lost)
        }
    }

    var late: TransportError {
        TransportError(
            .transport,
            "\(route.endpoint.name): no channel could be had in time",
            reason: .timeout
        )
    }

    /// Who tries again on this must know that the command may have begun.
    var unheard: TransportError {
        TransportError(
            .transport,
            "\(route.endpoint.name): the command was sent, and the host did not say in time whether it runs",
            reason: .lost
        )
    }

    var lost: TransportError {
        TransportError(.transport, "\(route.endpoint.name): the connection was lost", reason: .lost)
    }
}
