package import FleetTransport
package import FleetWire
package import NIOCore

/// An open control channel to the supervisor of one host.
package final class SupervisorChannel: Sendable {
    private let command: CommandChannel
    private let handler: NIOLoopBoundBox<SupervisorHandler>
    /// What the host said of itself.
    package let greeting: HelloReply

    private init(command: CommandChannel, handler: NIOLoopBoundBox<SupervisorHandler>, greeting: HelloReply) {
        self.command = command
        self.handler = handler
        self.greeting = greeting
    }

    /// Runs `attach` over `session`, and greets it.
    ///
    /// - Parameters:
    ///   - hostName: the host in messages.
    ///   - session: where to run it.
    ///   - request: the command line of `attach`, to which the nonce is added, and the channel's variables.
    ///   - hello: the greeting.
    ///   - patience: how long the answer to the greeting may take.
    ///   - onNotice: called on the channel's event loop; must not block.
    /// - Returns: the channel, which has answered.
    /// - Throws: ``HostError`` or the transport's error; then nothing is left open.
    package static func open(
        hostName: String,
        session: any Session,
        request: ChannelRequest,
        hello: Hello,
        patience: TimeAmount = .seconds(10),
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) async throws -> SupervisorChannel {
        let nonce = Nonce.make()
        var request = request
        request.arguments += ["--nonce", nonce]
        let slot = NIOLockedSlot<NIOLoopBoundBox<SupervisorHandler>>()
        let command = try await session.openChannel(request) { channel in
            let handler = SupervisorHandler(hostName: hostName, nonce: nonce, onNotice: onNotice)
            try channel.pipeline.syncOperations.addHandler(handler)
            slot.set(NIOLoopBoundBox(handler, eventLoop: channel.eventLoop))
        }
        guard let handler = slot.get() else {
            command.channel.close(promise: nil)
            throw HostError(.transport, "\(hostName): the channel closed while it was opened")
        }
        let eventLoop = command.channel.eventLoop
        let alarm = eventLoop.scheduleTask(in: patience) {
            let seconds = patience.nanoseconds / 1_000_000_000
            handler.value.giveUp(HostError(.transport, "\(hostName): no supervisor answered within \(seconds) s"))
        }
        defer { alarm.cancel() }
        do {
            let reply = try await call(.hello(hello), on: eventLoop, handler: handler)
            guard case .hello(let greeting) = reply else {
                throw HostError(.malformed, "\(hostName): the host did not greet back")
            }
            guard greeting.version == Hello.protocolVersion else {
                throw HostError(
                    .configuration,
                    "\(hostName): its supervisor speaks version \(greeting.version) of the protocol; "
                        + "\(Hello.protocolVersion) is needed",
                    hint: "use the codewhale-supervisor that came with this codewhale"
                )
            }
            return SupervisorChannel(command: command, handler: handler, greeting: greeting)
        } catch {
            command.channel.close(promise: nil)
            let end = try? await command.end.get()
            if let error = error as? HostError, error.code == .transport, let end, !end.diagnostics.isEmpty {
                let told = end.diagnostics.prefix(500).split(whereSeparator: \.isNewline).joined(separator: " ")
                throw HostError(.transport, "\(error.message): \(told)", hint: error.hint)
            }
            throw error
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// - Throws: ``HostError``; of code `transport` where the channel was lost, and then nothing is known of the request.
    package func call(_ request: Request) async throws -> Reply {
        try await Self.call(request, on: command.channel.eventLoop, handler: handler)
    }

    /// Whether it was not lost yet, as far as is known.
    var isOpen: Bool { command.channel.isActive }

    /// Closes the channel, and returns when its process here is gone.
    package func close() async {
        command.channel.eventLoop.execute { [handler] in handler.value.close() }
        command.channel.close(promise: nil)
        _ = try? await command.end.get()
    }

    private static func call(
        _ request: Request,
        on eventLoop: any EventLoop,
        handler: NIOLoopBoundBox<SupervisorHandler>
    ) async throws -> Reply {
        try await eventLoop.flatSubmit {
            let promise = eventLoop.makePromise(of: Reply.self)
            handler.value.send(request, promise: promise)
            return promise.futureResult
        }
        .get()
    }
}
