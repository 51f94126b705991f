import CLibSSH2
import FleetTransport
import NIOCore

extension SSHConnection {
    /// Shows a key, and a signature that somebody else makes by it.
    ///
    /// - Returns: whether the host accepted it.
    func authenticate(
        user: String,
        key: [UInt8],
        sign: @escaping ([UInt8]) -> EventLoopFuture<[UInt8]>
    ) -> EventLoopFuture<Bool> {
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
    /// - Returns: whether the host accepted it.
    func authenticate(user: String, file: PrivateKeyFile, certificate: [UInt8]? = nil) -> EventLoopFuture<Bool> {
        // The library looks for a NUL behind the key, whatever length it is told.
        let content = file.content + [0]
        return perform { session in
            let code = content.withUnsafeBufferPointer { content in
                content.withMemoryRebound(to: CChar.self) { content in
                    guard let certificate else {
                        return libssh2_userauth_publickey_frommemory(
                            session.pointer,
                            user,
                            user.utf8.count,
                            nil,
                            0,
                            content.baseAddress,
                            content.count - 1,
                            nil
                        )
                    }
                    return certificate.withUnsafeBufferPointer { certificate in
                        certificate.withMemoryRebound(to: CChar.self) { certificate in
                            libssh2_userauth_publickey_frommemory(
                                session.pointer,
                                user,
                                user.utf8.count,
                                certificate.baseAddress,
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

    private static func verdict(_ code: CInt, _ session: SessionHandle) throws -> Bool? {
        switch code {
        case LIBSSH2_ERROR_EAGAIN: return nil
        case 0: return true
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED: return false
        default: throw LibSSH2Error(code, of: session.pointer)
        }
    }
}
