import CLibSSH2
import FleetTransport
import NIOCore

/// Moves bytes between the library and the handlers. Called by the connection for whatever may have changed.
extension SSHChildChannel {
    /// So many pieces are handed out before another channel has its turn.
    private static let turn = 16

    func pump() {
        guard pointer != nil, isActive || isAbandoned else { return }
        if isAbandoned {
            leave()
            return
        }
        write()
        if pointer != nil, !isAbandoned { read() }
        if pointer != nil, !isAbandoned { lookForEnd() }
    }

    // MARK: - To the host

    private func write() {
        var isRelieved = false
        while let pointer, let connection, connection.isWritable, writes.hasMark, let first = writes.first {
            var (bytes, promise) = first
            if bytes.readableBytes > 0 {
                let count = bytes.withUnsafeReadableBytes { readable in
                    libssh2_channel_write_ex(
                        pointer,
                        0,
                        readable.baseAddress?.assumingMemoryBound(to: CChar.self),
                        readable.count
                    )
                }
                if count == Int(LIBSSH2_ERROR_EAGAIN) || count == 0 { break }
                if count < 0 {
                    // What follows a piece that is missing is of no use to anybody.
                    if connection.survives(count) { abandon() }
                    return
                }
                bytes.moveReaderIndex(forwardBy: count)
                waitingBytes -= count
                if bytes.readableBytes > 0 {
                    writes[writes.startIndex] = (bytes, promise)
                    continue
                }
            }
            _ = writes.popFirst()
            isRelieved = true
            promise?.succeed()
        }
        if isRelieved, !isWritable, waitingBytes < Self.highWater / 2 {
            isWritable = true
            pipeline.fireChannelWritabilityChanged()
        }
        closeOutput()
    }

    private func closeOutput() {
        guard let closing = outputClosing, !hasClosedOutput, writes.isEmpty, let pointer else { return }
        let code = libssh2_channel_send_eof(pointer)
        if code == LIBSSH2_ERROR_EAGAIN { return }
        if code < 0, connection?.survives(Int(code)) != true { return }
        hasClosedOutput = true
        for promise in closing { promise?.succeed() }
        pipeline.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    }

    /// Lets the command end: first it finds its input at an end, and what it still writes is dropped; if it has not ended
    /// soon, the host is told to close.
    ///
    /// A host that has closed a channel takes a word about it for a fault, and dropbear ends the connection, too, where
    /// it is told to close what a command still writes to: so closing comes last, and nothing is sent after it.
    private func leave() {
        guard let pointer, let connection else { return }
        guard !isClosing else {
            awaitClose(pointer, connection)
            return
        }
        if !hasClosedOutput { hasClosedOutput = libssh2_channel_send_eof(pointer) != LIBSSH2_ERROR_EAGAIN }
        for stream in isCommand ? [0, SSH_EXTENDED_DATA_STDERR] : [0] {
            for piece in 1...Self.turn {
                let scratch = connection.scratch.bytes
                let count = libssh2_channel_read_ex(pointer, stream, scratch.baseAddress, scratch.count)
                if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN), !connection.survives(count) { return }
                if count <= 0 { break }
                if piece == Self.turn { connection.needsTurn() }
            }
        }
        lookForClose(pointer)
    }

    /// Waits until the host has closed what was closed here: until then the channel counts among those that it carries.
    private func awaitClose(_ pointer: OpaquePointer, _ connection: SSHConnection) {
        if !hasSentClose {
            let code = libssh2_channel_close(pointer)
            if code == LIBSSH2_ERROR_EAGAIN { return }
            if code < 0, !connection.survives(Int(code)) { return }
            // It says so too early where anything at all comes meanwhile.
            hasSentClose = true
        }
        // Takes in what has come, and has nothing to say, as the window was enlarged before where it was too small.
        let count = libssh2_channel_read_ex(pointer, 0, connection.scratch.bytes.baseAddress, 0)
        if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN), !connection.survives(count) { return }
        // Without the end of its output, which a host may leave out, there is an error and no wait.
        if libssh2_channel_wait_closed(pointer) == 0 { finish(.unknown) }
    }

    /// Ends the channel where the host has closed it.
    private func lookForClose(_ pointer: OpaquePointer) {
        guard libssh2_channel_eof(pointer) == 1 else { return }
        let code = libssh2_channel_wait_closed(pointer)
        if code == 0 {
            finishInOrder()
        } else if code != LIBSSH2_ERROR_EAGAIN {
            _ = connection?.survives(Int(code))
        }
    }

    // MARK: - From the host

    private func read() {
        guard let scratch = connection?.scratch.bytes else { return }
        defer { isDrained = false }
        var pieces = 0
        var hasDelivered = false
        while let pointer, isReadWanted {
            let count = libssh2_channel_read_ex(pointer, 0, scratch.baseAddress, scratch.count)
            if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN), connection?.survives(count) != true { return }
            isDrained = count == Int(LIBSSH2_ERROR_EAGAIN)
            guard count > 0 else { break }
            pieces += 1
            hasDelivered = true
            var bytes = allocator.buffer(capacity: count)
            bytes.writeBytes(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            isDelivering = true
            pipeline.fireChannelRead(bytes)
            isDelivering = false
            if pieces == Self.turn {
                // The rest follows in the next turn.
                connection?.needsTurn()
                break
            }
        }
        readDiagnostics(scratch)
        guard hasDelivered, isActive else { return }
        // Where that came while reading was stopped, what is left is still to be read.
        if isReadAskedAgain, !isReadWanted { connection?.needsTurn() }
        isReadWanted = isReadAskedAgain
        isReadAskedAgain = false
        pipeline.fireChannelReadComplete()
        if isReadAutomatic { pipeline.read() }
    }

    /// Standard error is always read: what stands there unread holds up standard output.
    private func readDiagnostics(_ scratch: UnsafeMutableRawBufferPointer) {
        guard isCommand else { return }
        while let pointer {
            let count = libssh2_channel_read_ex(pointer, SSH_EXTENDED_DATA_STDERR, scratch.baseAddress, scratch.count)
            if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN), connection?.survives(count) != true { return }
            guard count > 0 else { return }
            diagnostics += scratch[..<count]
            if diagnostics.count > Self.diagnosticsLimit {
                diagnostics.removeFirst(diagnostics.count - Self.diagnosticsLimit)
            }
        }
    }

    private func lookForEnd() {
        guard let pointer, libssh2_channel_eof(pointer) == 1 else { return }
        if !hasSeenEnd {
            hasSeenEnd = true
            pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        guard let pointer = self.pointer else { return }
        lookForClose(pointer)
    }
}
