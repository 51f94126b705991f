import FleetTransport
import NIOCore

/// Channels on the pooled connections of an endpoint.
actor NativeSession: Session, LimitedSession {
    private let route: NativeRoute
    private let client: NativeClient
    nonisolated let pool: NIOLoopBound<ConnectionPool>
    private var channels: [Int: CommandChannel] = [:]
    private var lastNumber = 0
    private var isClosed = false

    init(route: NativeRoute, client: NativeClient, pool: NIOLoopBound<ConnectionPool>) {
        self.route = route
        self.client = client
        self.pool = pool
    }

    private var name: String { route.endpoint.name }

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        guard !isClosed else { throw closed }
        let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
        let marker = "codewhale-open:\(nonce)"
        let opened = client.eventLoop.makePromise(of: Void.self)
        let purpose = ChannelPurpose.command(
            ShellCommand.line(request.arguments, marker: marker),
            environment: request.environment.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        )
        let channel: SSHChildChannel
        do {
            channel = try await acquire(purpose) { channel in
                let handler = OpeningHandler(marker: marker, promise: opened, configure: configure)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        } catch {
            opened.fail(error)
            throw error
        }
        let command = CommandChannel(channel: channel, end: channel.end)
        try await wait(for: opened.futureResult, of: command)
        guard !isClosed else {
            channel.close(promise: nil)
            _ = try? await command.end.get()
            throw closed
        }
        return keep(command)
    }

    /// How many channels a connection takes, where a refusal has told it.
    package var channelLimit: Int? {
        get async {
            guard let counters = await counters else { return nil }
            return counters.channelLimit
        }
    }

    /// What the pool has and has seen.
    var counters: PoolCounters? {
        get async { try? await client.eventLoop.submit { [pool] in pool.value.counters }.get() }
    }

    func close() async {
        guard !isClosed else { return }
        isClosed = true
        for channel in channels.values { channel.channel.close(promise: nil) }
        // Where nobody else has channels there, the connections go, once the commands have had their time to end.
        await client.giveBack(route)
        for channel in channels.values { _ = try? await channel.end.get() }
    }

    // MARK: - Opening

    /// A channel of the pool's, on which the command was started.
    private func acquire(
        _ purpose: ChannelPurpose,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> SSHChildChannel {
        let (eventLoop, pool) = (client.eventLoop, self.pool)
        let (caller, future) =
            try await eventLoop.submit {
                pool.value.acquire(ConnectionPool.Request(purpose: purpose, configure: configure))
            }
            .get()
        return try await withTaskCancellationHandler {
            try await future.get()
        } onCancel: {
            eventLoop.execute { pool.value.cancel(caller) }
        }
    }

    /// Waits until the host has run the command; what a login shell says before is no part of it.
    private func wait(for opened: EventLoopFuture<Void>, of command: CommandChannel) async throws {
        let (eventLoop, seconds) = (client.eventLoop, route.endpoint.connectTimeout)
        let isLate = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: eventLoop)
        let alarm = eventLoop.scheduleTask(in: .nanoseconds(Int64((seconds + 1) * 1e9))) {
            isLate.value = true
            command.channel.close(promise: nil)
        }
        do {
            try await withTaskCancellationHandler {
                try await opened.get()
            } onCancel: {
                command.channel.close(promise: nil)
            }
            alarm.cancel()
        } catch {
            alarm.cancel()
            command.channel.close(promise: nil)
            let end = try await command.end.get()
            try Task.checkCancellation()
            guard error is OpeningHandler.Failure else { throw error }
            throw self.error(end, wasLate: try await eventLoop.submit { isLate.value }.get())
        }
    }

    private func keep(_ command: CommandChannel) -> CommandChannel {
        lastNumber += 1
        let number = lastNumber
        channels[number] = command
        command.end.whenComplete { _ in Task { await self.forget(number) } }
        return command
    }

    private func forget(_ number: Int) { channels[number] = nil }

    // MARK: - Failures

    private var closed: TransportError { TransportError(.transport, "\(name): the session is closed") }

    private func error(_ end: ChannelEnd, wasLate: Bool) -> TransportError {
        if wasLate {
            return restricted(
                "the account's login shell ran no command within \(Int(route.endpoint.connectTimeout)) s",
                ""
            )
        }
        guard end.status != .unknown else {
            return TransportError(.transport, "\(name): the connection was lost", reason: .lost)
        }
        let said = end.diagnostics.split(whereSeparator: \.isNewline).last.map { SSHDiagnosis.harmless($0) }
        return restricted(
            "the account may not run commands, or its login shell failed",
            said.map { "; the host said: \($0)" } ?? ""
        )
    }

    private func restricted(_ what: String, _ said: String) -> TransportError {
        TransportError(
            .configuration,
            "\(name): \(what)",
            reason: .restricted,
            hint: "codewhale needs a login shell that runs /bin/sh (no nologin, rbash or ForceCommand)" + said
        )
    }
}
