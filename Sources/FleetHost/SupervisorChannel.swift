import FleetTransport
package import FleetWire
import NIOCore
import NIOPosix
import Synchronization

/// An open control channel to the supervisor of one host.
package final class SupervisorChannel: Sendable {
    private let command: CommandChannel
    private let handler: NIOLoopBoundBox<SupervisorHandler>
    private let isGivenUp = Atomic(false)
    /// What the host said of itself.
    package let greeting: HelloReply

    private init(command: CommandChannel, handler: NIOLoopBoundBox<SupervisorHandler>, greeting: HelloReply) {
        self.command = command
        self.handler = handler
        self.greeting = greeting
    }

    /// How a channel is opened.
    struct Opening: Sendable {
        /// The host in messages.
        let hostName: String
        /// Where the supervisor is run.
        let session: any Session
        /// How it is run.
        let launch: SupervisorLaunch
        /// The channel's variables.
        let environment: [String: String]
        /// The greeting.
        let hello: Hello
        /// How long the answer to the greeting may take, the supervisor's delivery not counted.
        var patience = TimeAmount.seconds(10)
        /// How it is polled.
        var polling = PollSettings()
        /// Shows what comes of that.
        var meter = PollMeter()
        /// Its timers.
        var clocks = PollClocks()
        /// Called on the channel's event loop; must not block.
        let onNotice: @Sendable (HostNotice) -> Void
    }

    /// Runs `attach` over a session, and greets it.
    ///
    /// - Returns: the channel, which has answered.
    /// - Throws: ``HostError`` or the transport's error; then nothing is left open.
    static func open(_ opening: Opening) async throws -> SupervisorChannel {
        let nonce = Nonce.make()
        let request = try await NIOThreadPool.singleton.runIfActive {
            try opening.launch.request(nonce: nonce, environment: opening.environment)
        }
        let slot = NIOLockedSlot<NIOLoopBoundBox<SupervisorHandler>>()
        let absenceSlot = NIOLockedSlot<NIOLoopBoundBox<AbsenceHandler>>()
        let (absences, said) = AsyncStream<SupervisorAbsence>.makeStream()
        let command = try await opening.session.openChannel(request) { channel in
            if opening.launch.isDelivered {
                let handler = AbsenceHandler(nonce: nonce) { said.yield($0) }
                try channel.pipeline.syncOperations.addHandler(handler)
                absenceSlot.set(NIOLoopBoundBox(handler, eventLoop: channel.eventLoop))
            }
            let handler = SupervisorHandler(
                hostName: opening.hostName,
                nonce: nonce,
                waitsForMarker: opening.launch.isDelivered,
                polling: opening.polling,
                meter: opening.meter,
                clock: opening.clocks.value(on: channel.eventLoop).value,
                onNotice: opening.onNotice
            )
            try channel.pipeline.syncOperations.addHandler(handler)
            slot.set(NIOLoopBoundBox(handler, eventLoop: channel.eventLoop))
        }
        guard let handler = slot.get() else {
            command.channel.close(promise: nil)
            throw HostError(.transport, "\(opening.hostName): the channel closed while it was opened")
        }
        let eventLoop = command.channel.eventLoop
        do {
            async let answer = greet(opening.hello, on: eventLoop, handler: handler) { said.finish() }
            var alarm = opening.alarm(on: eventLoop, handler)
            defer { alarm.cancel() }
            var isDelivered = false
            for await absence in absences {
                alarm.cancel()
                guard absence.kind == .absent, !isDelivered, case .delivered(_, let payloads) = opening.launch else {
                    let error = absence.error(host: opening.hostName)
                    try await eventLoop.submit { handler.value.giveUp(error) }.get()
                    break
                }
                let delivery = SupervisorDelivery(
                    hostName: opening.hostName,
                    session: opening.session,
                    payloads: payloads
                )
                do {
                    try await delivery.deliver(platform: absence.detail)
                } catch {
                    // The greeting waits for an answer that does not come.
                    let error = HostError(wrapping: error, host: opening.hostName)
                    try await eventLoop.submit { handler.value.giveUp(error) }.get()
                    break
                }
                isDelivered = true
                alarm = opening.alarm(on: eventLoop, handler)
                try await eventLoop.submit { absenceSlot.get()?.value.retry() }.get()
            }
            let greeting = try await answer
            try await eventLoop.submit { absenceSlot.get()?.value.stop() }.get()
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

    private static func greet(
        _ hello: Hello,
        on eventLoop: any EventLoop,
        handler: NIOLoopBoundBox<SupervisorHandler>,
        then finish: @Sendable () -> Void
    ) async throws -> HelloReply {
        defer { finish() }
        let hostName = try await eventLoop.submit { handler.value.hostName }.get()
        guard case .hello(let greeting) = try await call(.hello(hello), on: eventLoop, handler: handler) else {
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
        return greeting
    }

    /// Sends a request and waits for its answer.
    ///
    /// - Throws: ``HostError``; of code `transport` where the channel was lost, and then nothing is known of the request.
    package func call(_ request: Request) async throws -> Reply {
        try await Self.call(request, on: command.channel.eventLoop, handler: handler)
    }

    /// Whether it was not lost yet, as far as is known.
    var isOpen: Bool { command.channel.isActive && !isGivenUp.load(ordering: .acquiring) }

    /// Gives it up, as its far end does not serve: whoever waits on it is told, and it counts as lost at once.
    func giveUp(_ error: HostError) {
        isGivenUp.store(true, ordering: .releasing)
        command.channel.eventLoop.execute { [handler] in handler.value.giveUp(error) }
    }

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

extension SupervisorChannel.Opening {
    /// Gives the channel up when nobody has answered in time.
    fileprivate func alarm(
        on eventLoop: any EventLoop,
        _ handler: NIOLoopBoundBox<SupervisorHandler>
    ) -> Scheduled<Void> {
        let seconds = patience.nanoseconds / 1_000_000_000
        let error = HostError(.transport, "\(hostName): no supervisor answered within \(seconds) s")
        return eventLoop.scheduleTask(in: patience) { handler.value.giveUp(error) }
    }
}
