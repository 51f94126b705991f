import CLibSSH2

/// One session of the library, freed with this object; runs on one event loop.
final class SessionHandle {
    let pointer: OpaquePointer
    let streams = SessionStreams()
    /// Whether the algorithms were set that may be used.
    private(set) var hasAlgorithms = false

    /// A session; nil where there is no memory for one.
    init?() {
        let context = Unmanaged.passUnretained(streams).toOpaque()
        guard LibSSH2.isReady,
            let pointer = libssh2_session_init_ex(sessionAllocate, sessionFree, sessionReallocate, context)
        else { return nil }
        self.pointer = pointer
        codewhale_libssh2_set_streams(pointer, sessionSend, sessionReceive)
        codewhale_libssh2_set_farewell(pointer, sessionFarewell)
        libssh2_session_set_blocking(pointer, 0)
    }

    deinit {
        // Whoever still waits for the host is told that nothing comes, so that freeing never does.
        streams.isOver = true
        for _ in 0..<8 where libssh2_session_free(pointer) != LIBSSH2_ERROR_EAGAIN { break }
    }

    /// Sets the algorithms that may be used: no handshake may be made without.
    ///
    /// - Throws: ``LibSSH2Error`` where the library has none of a kind, and would fall back to its own choice.
    func prefer(_ algorithms: SSHAlgorithms, hostKeys: [String]) throws(LibSSH2Error) {
        let methods: [(CInt, [String])] = [
            (LIBSSH2_METHOD_KEX, algorithms.keyExchanges), (LIBSSH2_METHOD_HOSTKEY, hostKeys),
            (LIBSSH2_METHOD_CRYPT_CS, algorithms.ciphers), (LIBSSH2_METHOD_CRYPT_SC, algorithms.ciphers),
            (LIBSSH2_METHOD_MAC_CS, algorithms.codes), (LIBSSH2_METHOD_MAC_SC, algorithms.codes),
            (LIBSSH2_METHOD_COMP_CS, ["none"]), (LIBSSH2_METHOD_COMP_SC, ["none"]),
        ]
        for (method, names) in methods {
            let code = libssh2_session_method_pref(pointer, method, names.joined(separator: ","))
            guard code == 0 else { throw LibSSH2Error(code, of: pointer) }
        }
        hasAlgorithms = true
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
