import CLibSSH2
import FleetTransport
import NIOCore

/// From the command's start to the channel's end.
extension SSHChildChannel {
    /// The command runs, or the tunnel is there: handlers are added, and what comes is passed on.
    func activate(_ configure: (any Channel) throws -> Void) throws {
        isRegistered = true
        pipeline.fireChannelRegistered()
        try configure(self)
        isActive = true
        pipeline.fireChannelActive()
        if isReadAutomatic { pipeline.read() }
    }

    /// Closes it from here: nobody is told anything more, and the command is made to end.
    func abandon() {
        guard !isAbandoned, pointer != nil else { return }
        isAbandoned = true
        deactivate(ChannelError.ioOnClosedChannel)
        graceAlarm = eventLoop.scheduleTask(in: Self.inputGrace) { [weak self] in self?.closeAtOnce() }
        connection?.drive()
    }

    /// Tells the host to close it, whatever the command does.
    private func closeAtOnce() {
        guard pointer != nil else { return }
        isClosing = true
        graceAlarm = eventLoop.scheduleTask(in: Self.closeGrace) { [weak self] in self?.finish(.unknown) }
        connection?.drive()
    }

    /// The connection is over, and with it the channel: how the command ended is not known.
    func connectionEnded() { finish(.unknown) }

    /// The host has closed the channel too.
    func finishInOrder() {
        guard let pointer else { return }
        let status = status(of: pointer)
        isEndSeen = true
        self.pointer = nil
        if let connection { connection.keep(pointer) }
        ended(status)
    }

    /// Frees the library's channel, and tells the end.
    func finish(_ status: ChannelEnd.Status) {
        guard let pointer else { return }
        self.pointer = nil
        connection?.free(pointer)
        ended(status)
    }

    /// Nothing is left of the library's channel.
    private func ended(_ status: ChannelEnd.Status) {
        graceAlarm?.cancel()
        _ = takeStatus()
        let connection = self.connection
        connection?.remove(self)
        deactivate(ChannelError.eof)
        self.connection = nil
        endPromise.succeed(ChannelEnd(status: status, diagnostics: String(decoding: diagnostics, as: UTF8.self)))
        connection?.drive()
    }

    /// Tells the handlers that it is over, once.
    private func deactivate(_ error: ChannelError) {
        let wasActive = isActive
        isActive = false
        waitingBytes = 0
        while let (_, promise) = writes.popFirst() { promise?.fail(error) }
        let closing = outputClosing ?? []
        if !hasClosedOutput { for promise in closing { promise?.fail(ChannelError.alreadyClosed) } }
        guard !isDeactivated else { return }
        isDeactivated = true
        if isRegistered {
            isRegistered = false
            if wasActive {
                if !hasSeenEnd { pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
                hasSeenEnd = true
                pipeline.fireChannelInactive()
            }
            pipeline.fireChannelUnregistered()
        }
        // Also where it never carried anything: the pipeline and the channel hold each other until then.
        eventLoop.execute { [self] in
            removeHandlers(pipeline: pipeline)
            closePromise.succeed()
        }
    }

    /// How the command ended, as the host told it: a status that never came is not known, and reads as 0 (T7).
    private func status(of pointer: OpaquePointer) -> ChannelEnd.Status {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        let code = libssh2_channel_get_exit_signal(pointer, &name, &length, nil, nil, nil, nil)
        if code == 0, let name {
            defer { if let session = connection?.session { libssh2_free(session.pointer, name) } }
            let text = String(
                decoding: UnsafeRawBufferPointer(start: UnsafeRawPointer(name), count: min(length, 32)),
                as: UTF8.self
            )
            return .signal(SignalNames.number(of: text) ?? 0)
        }
        return takeStatus() ? .code(Int32(libssh2_channel_get_exit_status(pointer))) : .unknown
    }
}
