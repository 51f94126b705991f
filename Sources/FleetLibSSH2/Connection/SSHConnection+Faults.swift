import CLibSSH2
import FleetTransport
import NIOCore

/// What the library cannot do any more, what it is to hold, and whether the host is there.
extension SSHConnection {
    /// So much may the library hold before the host has accepted us.
    private static let memoryLimit = 2 << 20
    /// So much may it hold afterwards for nobody, and for each channel: a window full of messages of ten bytes takes that.
    private static let memoryLimits = (common: 8 << 20, channel: 16 * Int(window))

    /// As an `int`, which the library keeps it in, the least one.
    private static let alwaysOver = UInt32(1) << 31

    /// Why the host has ended it, as far as it said (RFC 4253, section 11.1); nil where it has not said so.
    var farewell: Int32? { streams.farewell }

    /// A call for a channel gave a code that is an error, and not that it has to wait.
    ///
    /// - Returns: whether the connection lives on.
    func survives(_ code: Int) -> Bool {
        guard failure == nil, let session else { return false }
        let error = LibSSH2Error(CInt(code), of: session.pointer)
        guard !error.isOfChannel else { return true }
        fail(lost(error))
        return false
    }

    /// Ends it where the library holds more than channels and a key exchange account for.
    func checkMemory() {
        guard failure == nil, let session else { return }
        let limit =
            libssh2_userauth_authenticated(session.pointer) == 1
            ? Self.memoryLimits.common + channels.count * Self.memoryLimits.channel : Self.memoryLimit
        guard
            session.streams.memory.held > limit || session.streams.memory.isLeaking
                || session.streams.inbound.readableBytes > Self.bufferLimit || heldBack > Self.bufferLimit
        else { return }
        fail(TransportError(.transport, "\(name): the host sends what nobody asked for", reason: .lost))
    }

    /// Keeps the library's channel of a command that has ended in order, or frees it.
    func keep(_ channel: OpaquePointer) {
        hasClosed = true
        var whole = UInt(0)
        let window = libssh2_channel_window_read_ex(channel, nil, &whole)
        // A window that is too small would be enlarged, and a host takes a word about a closed channel for a fault.
        guard listener == nil, failure == nil, window >= whole / 4 * 3, libssh2_channel_close(channel) == 0 else {
            free(channel)
            return
        }
        listener = channel
    }

    /// Frees a channel of the library's, now or when that can be.
    func free(_ channel: OpaquePointer) {
        if !Self.isFreed(channel), failure == nil { unfreed.append(channel) }
    }

    /// Where it cannot be freed, it is with its session at the latest.
    private static func isFreed(_ channel: OpaquePointer) -> Bool {
        for _ in 0..<4 where libssh2_channel_free(channel) != LIBSSH2_ERROR_EAGAIN { return true }
        return false
    }

    /// Frees those that could not be freed before.
    func freeLeft() { unfreed.removeAll { Self.isFreed($0) } }

    /// Takes in what comes while there is no channel: the host's farewell, its questions whether we are there, and faults.
    func listen() {
        guard failure == nil, let listener else { return }
        let code = libssh2_channel_read_ex(listener, 0, scratch.bytes.baseAddress, 0)
        if code < 0, code != Int(LIBSSH2_ERROR_EAGAIN) { _ = survives(code) }
    }

    /// Sends something that the host answers; what comes of it shows in ``onHeard``.
    ///
    /// The answer stays in the memory of libssh2 1.10 until the session is freed (128 bytes), which is why only a
    /// connection that was silent for long is asked.
    func ping() {
        guard failure == nil, let session else { return }
        var next = CInt(0)
        // The library leaves out what comes within its own interval, by a clock that may be set back, and makes 2 s of 1 s.
        // The pool has reckoned already: an interval that lies in the past always lets it send.
        libssh2_keepalive_config(session.pointer, 1, Self.alwaysOver)
        _ = libssh2_keepalive_send(session.pointer, &next)
        drive()
        flush()
    }
}
