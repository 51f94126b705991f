import CLibSSH2
import FleetTransport
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a TCP connection that did not come about means.
enum DialFailure {
    static func error(_ error: any Error, host: String) -> TransportError {
        let (reason, what) = meaning(of: error)
        return TransportError(.transport, "\(host): \(what)", reason: reason)
    }

    /// What of the errors of a name's addresses is told: that nobody listens says more than that there is no way, which
    /// is what a machine without IPv6 finds first.
    static func mostTelling(_ errors: [any Error]) -> (TransportError.Reason, String)? {
        let meanings = errors.map { meaning(of: $0) }
        let order: [TransportError.Reason] = [.refused, .timeout, .closed, .unreachable]
        return order.lazy.compactMap { reason in meanings.first { $0.0 == reason } }.first ?? meanings.first
    }

    private static func meaning(of error: any Error) -> (TransportError.Reason, String) {
        if let error = error as? NIOConnectionError {
            return mostTelling(error.connectionErrors.map(\.error)) ?? (.unresolvable, "the name has no address")
        }
        if error is NameLookup.Unknown { return (.unresolvable, "the name has no address") }
        if case .connectTimeout = error as? ChannelError { return (.timeout, "nobody answered in time") }
        switch (error as? IOError)?.errnoCode {
        case ECONNREFUSED: return (.refused, "nobody listens on the port")
        case ETIMEDOUT: return (.timeout, "nobody answered in time")
        case EHOSTUNREACH, ENETUNREACH: return (.unreachable, "there is no way to it")
        default: return (.closed, "the connection was closed before a session was there")
        }
    }
}

/// What a handshake that failed means.
enum HandshakeFailure {
    static func error(_ error: any Error, firstBytes: [UInt8], isOver: Bool, host: String) -> any Error {
        if let error = error as? TransportError, error.reason != .lost { return error }
        let own = error as? LibSSH2Error
        func failure(_ reason: TransportError.Reason, _ what: String) -> TransportError {
            TransportError(.transport, "\(host): \(what)", reason: reason, hint: own.map { "libssh2: \($0.message)" })
        }
        // What sshd says instead of its version when it turns somebody away for the moment (9.8 has the second).
        if ["Exceeded MaxStartups", "Not allowed at this time"].contains(where: { firstBytes.starts(with: $0.utf8) }) {
            return TransportError(
                .transport,
                "\(host): the host takes no more connections at the moment",
                reason: .busy,
                hint: "see MaxStartups and PerSourcePenalties in the host's sshd_config"
            )
        }
        // Lines may stand before the one that says SSH (RFC 4253, section 4.2), but no server sends any.
        if !firstBytes.isEmpty, !firstBytes.starts(with: Array("SSH-".utf8).prefix(firstBytes.count)) {
            return failure(.notSSH, "what answers there does not speak SSH")
        }
        switch own?.code {
        case LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_METHOD_NONE:
            return TransportError(
                .transport,
                "\(host): the two ends have no algorithm in common",
                reason: .negotiation,
                hint: "of those that are safe in libssh2 \(LibSSH2.version) the host allows none; allow aes256-ctr and "
                    + "hmac-sha2-256 there, or set \"transport\": \"system\" for it"
            )
        case LIBSSH2_ERROR_HOSTKEY_INIT, LIBSSH2_ERROR_HOSTKEY_SIGN,
            // The key exchange's faults all have one code, and a connection that ends in it is one of them.
            LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE where !isOver:
            return failure(.negotiation, "the host could not show that its key is its own")
        default:
            return failure(.closed, "the connection was closed before a session was there")
        }
    }
}
