import FleetTransport
import NIOCore

/// Channels on the pooled connections of an endpoint.
actor NativeSession: LimitedSession, PooledSession {
    private let client: NativeClient
    /// Finds the way anew.
    private let find: @Sendable () async throws -> NativeRoute
    /// The way there, and the pool of it.
    private(set) var route: NativeRoute
    private(set) var pool: NIOLoopBound<ConnectionPool>
    /// Whether the way has led nowhere, so that it is looked for anew: its configuration may have been mended.
    private var isInDoubt = false
    private var finding: Task<NativeRoute, any Error>?
    /// Earlier ways, on which channels may go on.
    private var left: [NativeRoute] = []
    /// How many channels are being opened.
    private var openings = 0
    private var channels: [Int: CommandChannel] = [:]
    private var lastNumber = 0
    private var isClosed = false

    /// A session on a pool that is given back when it is closed.
    init(
        route: NativeRoute,
        client: NativeClient,
        pool: NIOLoopBound<ConnectionPool>,
        find: @escaping @Sendable () async throws -> NativeRoute
    ) {
        self.route = route
        self.client = client
        self.pool = pool
        self.find = find
    }

    /// The longest command line; libssh2 fails on one over 34 KB, and with it the connection.
    private static let longestLine = 32 << 10

    private var name: String { route.endpoint.name }

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        guard !isClosed else { throw closed }
        openings += 1
        defer { openings -= 1 }
        let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
        let marker = "codewhale-open:\(nonce)"
        let line = ShellCommand.line(request.arguments, marker: marker)
        guard line.utf8.count <= Self.longestLine else { throw tooLong(line) }
        let opened = client.eventLoop.makePromise(of: Void.self)
        let purpose = ChannelPurpose.command(
            line,
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

    package var connections: ConnectionCounts? { get async { await counters.map { ConnectionCounts($0) } } }

    func close() async {
        guard !isClosed else { return }
        isClosed = true
        for channel in channels.values { channel.channel.close(promise: nil) }
        // Where nobody else has channels there, the connections go, once the commands have had their time to end.
        await withDiscardingTaskGroup { group in
            for route in [route] + left { group.addTask { [client] in await client.giveBack(route) } }
        }
        for channel in channels.values { _ = try? await channel.end.get() }
    }

    // MARK: - Opening

    /// A channel of the pool's, on which the command was started.
    private func acquire(
        _ purpose: ChannelPurpose,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> SSHChildChannel {
        if isInDoubt { try await findWay() }
        let (eventLoop, pool) = (client.eventLoop, self.pool)
        let (caller, future) =
            try await eventLoop.submit {
                pool.value.acquire(ConnectionPool.Request(purpose: purpose, configure: configure))
            }
            .get()
        return try await withTaskCancellationHandler {
            do {
                return try await future.get()
            } catch let error as TransportError where error.isOfTheWay {
                isInDoubt = true
                throw error
            }
        } onCancel: {
            eventLoop.execute { pool.value.cancel(caller) }
        }
    }

    /// Looks for the way anew, and goes it from now on where it is another.
    private func findWay() async throws {
        let task = finding ?? Task { [find] in try await find() }
        finding = task
        defer { finding = nil }
        let found = try await task.value
        // Others may have waited for the same.
        guard isInDoubt else { return }
        isInDoubt = false
        guard found != route else { return }
        let fresh = try await client.use(found)
        guard !isClosed, found != route else {
            await client.giveBack(found)
            return
        }
        left.append(route)
        (route, pool) = (found, fresh)
        guard channels.isEmpty, openings == 1 else { return }
        let unused = left
        left = []
        for route in unused { await client.giveBack(route) }
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

    private func tooLong(_ line: String) -> TransportError {
        TransportError(
            .configuration,
            "\(name): a command line of \(line.utf8.count) bytes is more than the \(Self.longestLine) that it may have",
            hint: "send what is long to the command as its input"
        )
    }

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

extension TransportError {
    /// Whether another configuration may lead to the host where this one has failed so.
    fileprivate var isOfTheWay: Bool {
        switch reason {
        case nil, .lost, .sessionRefused, .restricted: false
        default: true
        }
    }
}
