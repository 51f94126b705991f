import CLibSSH2
import FleetTransport
import NIOCore

/// What became of a key that a host was shown.
enum KeyVerdict: Sendable {
    /// It lets us in.
    case accepted
    /// It does not want the key.
    case refused
    /// It wants the key, but nobody has signed by it.
    case unsigned
}

/// What a host says to who shows nothing.
enum Welcome: Sendable {
    /// It lets us in.
    case accepted
    /// It wants one of these, by their names (RFC 4252, section 5.1).
    case methods([String])
}

extension SSHConnection {
    /// Shows a key, and a signature that somebody else makes by it.
    ///
    /// - Returns: what became of it; fails with ``LibSSH2Error``, and where the connection is over.
    func authenticate(
        user: String,
        key: [UInt8],
        sign: @escaping ([UInt8]) -> EventLoopFuture<[UInt8]>
    ) -> EventLoopFuture<KeyVerdict> {
        let pending = PendingSignature(make: sign) { [weak self] in self?.drive() }
        return perform { session in
            session.streams.signature = pending
            let code = libssh2_userauth_publickey(
                session.pointer,
                user,
                key,
                key.count,
                signForSession,
                libssh2_session_abstract(session.pointer)
            )
            return try Self.verdict(code, session)
        }
    }

    /// Shows a key that is not behind a passphrase, and signs by it here.
    ///
    /// - Returns: what became of it; fails with ``LibSSH2Error``, and where the connection is over.
    func authenticate(user: String, file: PrivateKeyFile, certificate: [UInt8]? = nil) -> EventLoopFuture<KeyVerdict> {
        // With the NUL that is not counted: to sign, libssh2 1.10 looks for it, whatever length it is told.
        guard let content = file.content else { return eventLoop.makeSucceededFuture(.unsigned) }
        return perform { session in
            session.streams.signature = nil
            let code = content.withUnsafeBufferPointer { content in
                (certificate ?? [])
                    .withUnsafeBufferPointer { certificate in
                        content.withMemoryRebound(to: CChar.self) { content in
                            certificate.withMemoryRebound(to: CChar.self) { certificate in
                                libssh2_userauth_publickey_frommemory(
                                    session.pointer,
                                    user,
                                    user.utf8.count,
                                    certificate.isEmpty ? nil : certificate.baseAddress,
                                    certificate.count,
                                    content.baseAddress,
                                    content.count - 1,
                                    nil
                                )
                            }
                        }
                    }
            }
            return try Self.verdict(code, session)
        }
    }

    /// Asks to be let in by nothing (RFC 4252, section 5.2), as some hosts do that know who comes.
    ///
    /// - Returns: what became of it; fails with ``LibSSH2Error``, and where the connection is over.
    func authenticate(user: String) -> EventLoopFuture<Welcome> {
        perform { session in
            if let list = libssh2_userauth_list(session.pointer, user, UInt32(user.utf8.count)) {
                return .methods(String(cString: list).split(separator: ",").map(String.init))
            }
            if libssh2_userauth_authenticated(session.pointer) == 1 { return .accepted }
            return try session.isDone(libssh2_session_last_errno(session.pointer)) ? .methods([]) : nil
        }
    }

    /// What a code means: libssh2 says that a key was not verified also where the connection has ended meanwhile.
    private static func verdict(_ code: CInt, _ session: SessionHandle) throws -> KeyVerdict? {
        switch code {
        case LIBSSH2_ERROR_EAGAIN: return nil
        case 0: return .accepted
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED: return .refused
        case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED where !session.streams.isEnded:
            return session.streams.signature?.hasFailed == true ? .unsigned : .refused
        default: throw LibSSH2Error(code, of: session.pointer)
        }
    }
}
