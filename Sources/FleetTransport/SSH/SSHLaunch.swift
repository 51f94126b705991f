import NIOCore

/// One start of an `ssh` client: from its command line to a channel that carries a command's bytes, or an error that
/// says why there is none.
struct SSHLaunch: Sendable {
    /// Composes the command line.
    var arguments: SSHArguments
    /// Tells the clients of a session apart.
    let number: Int
    let client: SSHClient
    let directory: ControlDirectory
    let eventLoop: any EventLoop
    /// Whether it joins a connection that is there.
    var isJoining = false
    /// Drawn for this start: what a host prints cannot be taken for our marks.
    let nonce = String(UInt64.random(in: .min ... .max), radix: 16)

    /// How long a client may go on after its channel was closed before it is killed.
    static let closeGrace = TimeAmount.seconds(5)

    /// The line after which all that comes is the command's.
    var marker: String { "codewhale-open:\(nonce)" }

    /// Starts the client, and waits until the command runs on the host.
    ///
    /// - Throws: ``TransportError``, of reason `sessionRefused` where a shared connection takes no more;
    ///   `CancellationError`. Then no process, descriptor or file is left.
    func open(
        _ words: [String],
        environment: [String: String],
        mayKill: @escaping @Sendable () -> Bool = { true },
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        let opened = eventLoop.makePromise(of: Void.self)
        let own = client.environment(sending: arguments.route.sentNames)
        let process: ProcessChannel
        do {
            process = try await ProcessChannel.open(
                ChannelRequest(arguments: words, environment: own.merging(environment) { $1 }),
                on: eventLoop,
                closeGrace: Self.closeGrace,
                mayKill: mayKill
            ) { [marker] channel in
                let handler = OpeningHandler(marker: marker, promise: opened, configure: configure)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        } catch {
            opened.fail(error)
            throw error
        }
        let isLate = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: eventLoop)
        let alarm = eventLoop.scheduleTask(in: .nanoseconds(Int64((endpoint.connectTimeout + 1) * 1e9))) {
            isLate.value = true
            process.kill()
        }
        do {
            try await withTaskCancellationHandler {
                try await opened.futureResult.get()
            } onCancel: {
                process.kill()
            }
            alarm.cancel()
            return CommandChannel(
                channel: process.command.channel,
                end: process.command.end.map { end in self.end(end) }
            )
        } catch {
            alarm.cancel()
            if let failure = error as? OpeningHandler.Failure, failure == .noise { process.kill() }
            process.command.channel.close(promise: nil)
            let end = try await process.command.end.get()
            try Task.checkCancellation()
            guard error is OpeningHandler.Failure else { throw error }
            let wasLate = try await eventLoop.submit { isLate.value }.get()
            throw self.error(end, wasLate: wasLate)
        }
    }

    private var endpoint: SSHEndpoint { arguments.endpoint }

    private func error(_ end: ChannelEnd, wasLate: Bool) -> TransportError {
        let diagnosis = SSHDiagnosis(
            host: endpoint.name,
            log: directory.take("\(number).log"),
            diagnostics: end.diagnostics,
            nonce: nonce,
            pin: endpoint.hostKeyFingerprint,
            status: end.status
        )
        if wasLate { return diagnosis.lateError(seconds: endpoint.connectTimeout) }
        if diagnosis.isSharingRefused, !diagnosis.isAuthenticated, isJoining {
            return TransportError(
                .transport,
                "\(endpoint.name): the host takes no more sessions on a connection",
                reason: .sessionRefused
            )
        }
        return diagnosis.error
    }

    /// The end of a client whose channel was open: 255 may be a lost connection, a signal, or the command's own.
    private func end(_ end: ChannelEnd) -> ChannelEnd {
        let log = directory.take("\(number).log")
        let own = end.diagnostics.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("codewhale-authenticated:") && !$0.hasPrefix("codewhale-key:") }
        var status = end.status
        if case .signal = status { status = .unknown }
        if status == .code(255) { status = .unknown }
        return ChannelEnd(status: status, diagnostics: own.joined(separator: "\n") + log)
    }
}
