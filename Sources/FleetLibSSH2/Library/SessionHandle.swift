import CLibSSH2
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The bytes between a session and its connection: the library reads and writes here, and never touches a socket.
///
/// Sending always succeeds, so that no call stops in the middle of a packet; how much may stand here is bounded by who
/// calls, see ``SSHConnection``.
final class SessionStreams {
    /// What came from the host and was not read yet.
    var inbound = ByteBuffer()
    /// What is to go to the host.
    var outbound = ByteBuffer()
    /// Whether nothing more will come.
    var isOver = false
    /// Makes the signature of the key that is being tried.
    var signature: PendingSignature?
}

/// One session of the library, freed with this object; runs on one event loop.
final class SessionHandle {
    let pointer: OpaquePointer
    let streams = SessionStreams()

    /// A session; nil where there is no memory for one.
    init?() {
        let context = Unmanaged.passUnretained(streams).toOpaque()
        guard LibSSH2.isReady, let pointer = libssh2_session_init_ex(nil, nil, nil, context) else { return nil }
        self.pointer = pointer
        codewhale_libssh2_set_streams(pointer, sessionSend, sessionReceive)
        libssh2_session_set_blocking(pointer, 0)
        // Neither chacha20, GCM nor encrypt-then-MAC: versions up to 1.11.1 write beyond a buffer there before anybody
        // has authenticated (CVE-2026-55200).
        for (method, names) in Self.methods { _ = libssh2_session_method_pref(pointer, method, names) }
    }

    deinit {
        // Whoever still waits for the host is told that nothing comes, so that freeing never does.
        streams.isOver = true
        for _ in 0..<8 where libssh2_session_free(pointer) != LIBSSH2_ERROR_EAGAIN { break }
    }

    private static let methods: [(CInt, String)] = [
        (LIBSSH2_METHOD_CRYPT_CS, "aes256-ctr,aes192-ctr,aes128-ctr"),
        (LIBSSH2_METHOD_CRYPT_SC, "aes256-ctr,aes192-ctr,aes128-ctr"),
        (LIBSSH2_METHOD_MAC_CS, "hmac-sha2-256,hmac-sha2-512"),
        (LIBSSH2_METHOD_MAC_SC, "hmac-sha2-256,hmac-sha2-512"),
        (LIBSSH2_METHOD_COMP_CS, "none"),
        (LIBSSH2_METHOD_COMP_SC, "none"),
    ]

    /// The algorithms of host keys to ask for, the best first.
    func prefer(hostKeys: [String]) {
        _ = libssh2_session_method_pref(pointer, LIBSSH2_METHOD_HOSTKEY, hostKeys.joined(separator: ","))
    }

    /// The result of a call: whether it is done, or has to be made again when more has come.
    ///
    /// - Throws: ``LibSSH2Error``.
    func isDone(_ code: CInt) throws(LibSSH2Error) -> Bool {
        if code == LIBSSH2_ERROR_EAGAIN { return false }
        guard code >= 0 else { throw LibSSH2Error(code, of: pointer) }
        return true
    }

    /// The key that the host showed, as it travelled.
    var hostKey: [UInt8]? {
        var length = 0
        var type = CInt(0)
        guard let key = libssh2_session_hostkey(pointer, &length, &type) else { return nil }
        return key.withMemoryRebound(to: UInt8.self, capacity: length) {
            Array(UnsafeBufferPointer(start: $0, count: length))
        }
    }
}

private let sessionSend: codewhale_libssh2_send = { _, bytes, count, _, context in
    guard let bytes, let streams = streams(of: context) else { return -Int(EBADF) }
    if !streams.isOver { streams.outbound.writeBytes(UnsafeRawBufferPointer(start: bytes, count: count)) }
    return count
}

private let sessionReceive: codewhale_libssh2_receive = { _, bytes, count, _, context in
    guard let bytes, let streams = streams(of: context) else { return -Int(EBADF) }
    let part = min(count, streams.inbound.readableBytes)
    guard part > 0 else { return streams.isOver ? 0 : -Int(EAGAIN) }
    streams.inbound.readWithUnsafeReadableBytes { readable in
        bytes.copyMemory(from: readable.baseAddress ?? UnsafeRawPointer(bytes), byteCount: part)
        return part
    }
    if streams.inbound.readableBytes == 0 { streams.inbound.clear() }
    return part
}

/// The streams of the session that calls back.
func streams(of context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> SessionStreams? {
    context?.pointee.map { Unmanaged<SessionStreams>.fromOpaque($0).takeUnretainedValue() }
}
