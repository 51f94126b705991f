import CLibSSH2

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The library as it is at run time: what it can do is asked, never assumed.
package enum LibSSH2 {
    /// Whether it could be made ready (`libssh2_init(3)`); done once in a process.
    package static let isReady = libssh2_init(0) == 0 && descriptor >= 0

    /// Its version, such as `1.10.0`.
    package static let version = libssh2_version(0).map { String(cString: $0) } ?? "unknown"

    /// Whether it signs and verifies with RSA and SHA-2, as servers want it, and takes certificates of any type.
    package static let isModern = libssh2_version(0x010b00) != nil

    /// Handed to the handshake, which makes it non-blocking and does nothing else with it, as sessions send and receive
    /// through buffers.
    static let descriptor = open("/dev/null", O_RDWR | O_CLOEXEC | O_NONBLOCK)
}

/// A call of the library that failed (`libssh2_session_last_error(3)`).
struct LibSSH2Error: Error {
    /// One of `LIBSSH2_ERROR_…`.
    let code: CInt
    /// The library's words; none of the host's.
    let message: String

    /// What a session's last call failed with.
    init(_ code: CInt, of session: OpaquePointer) {
        self.code = code
        var text: UnsafeMutablePointer<CChar>?
        var length = CInt(0)
        _ = libssh2_session_last_error(session, &text, &length, 0)
        message = text.map { String(cString: $0) } ?? "error \(code)"
    }

    /// Whether it is a channel's alone, where a call for a channel gave it, and others go on.
    var isOfChannel: Bool {
        switch code {
        case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED, LIBSSH2_ERROR_CHANNEL_CLOSED,
            LIBSSH2_ERROR_CHANNEL_EOF_SENT:
            true
        default: false
        }
    }

    /// Whether no call can succeed any more, whichever gave it.
    ///
    /// Not `LIBSSH2_ERROR_SOCKET_SEND`: sending succeeds here, and a message that is too long for a packet gives it, too.
    var isOfConnection: Bool {
        switch code {
        case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_INVALID_MAC,
            LIBSSH2_ERROR_DECRYPT, LIBSSH2_ERROR_OUT_OF_BOUNDARY, LIBSSH2_ERROR_KEX_FAILURE,
            LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE, LIBSSH2_ERROR_HOSTKEY_INIT, LIBSSH2_ERROR_HOSTKEY_SIGN,
            LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_METHOD_NONE:
            true
        default: false
        }
    }
}
