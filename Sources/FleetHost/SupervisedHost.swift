package import FleetTransport
package import FleetWire
import NIOCore

/// The host adapter: the seven operations, spoken to the supervisor over a control channel that is held open.
///
/// A lost channel fails what waits on it with code `transport`; the next operation opens another. Callers at the same
/// moment share one opening.
package actor SupervisedHost: HostAdapter {
    nonisolated package let name: String
    /// What came of polling the host, and when it was last heard of.
    nonisolated package let meter = PollMeter()
    let configuration: Configuration
    private let transport: any Transport
    private let onNotice: @Sendable (HostNotice) -> Void
    private var session: (any Session)?
    private var opening: Task<SupervisorChannel, any Error>?
    private var current: SupervisorChannel?
    private var isClosed = false
    /// Names that did not arrive on the channel that is open.
    private(set) var missingNames: Set<String> = []
    private var hasGreeted = false
    /// When the open channel last answered.
    private var answeredAt = ContinuousClock.now

    /// An adapter that has not connected yet.
    ///
    /// - Parameters:
    ///   - configuration: how to run the supervisor there.
    ///   - transport: how the host is reached.
    ///   - onNotice: called for what the host tells unasked, on an event loop; must not block.
    package init(
        configuration: Configuration,
        transport: any Transport,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) {
        name = configuration.name
        self.configuration = configuration
        self.transport = transport
        self.onNotice = onNotice
    }

    /// Opens the control channel where there is none, and says what the host is.
    ///
    /// One that stands open and has not answered within ``Configuration/trust`` is asked for a sign of life: a host that
    /// is frozen keeps its connections.
    package func connect() async throws -> HelloReply {
        let known = current
        let channel = try await channel()
        if channel === known, answeredAt.duration(to: .now) >= configuration.trust {
            guard case .done = try await ask(.ping, over: channel) else { throw unexpected("ping") }
        }
        return channel.greeting
    }

    /// Greets once more over the open channel, which tells the host's clock and whether it answers.
    package func greet() async throws -> HelloReply {
        guard case .hello(let reply) = try await call(.hello(hello())) else { throw unexpected("hello") }
        return reply
    }

    package func start(_ request: StartRequest) async throws -> AttemptReport {
        let channel = try await channel()
        if let missing = missingVariables(of: request) { throw missing }
        guard case .reports(let reply) = try await ask(.start(request), over: channel) else {
            throw unexpected("start")
        }
        let reports = reply.reports
        guard let report = reports.first, reports.count == 1, report.key == request.key else {
            throw HostError(.malformed, "\(name): the answer to a start names another attempt")
        }
        return report
    }

    package func status(of keys: [AttemptKey]) async throws -> [AttemptReport] {
        try await reports(for: .status(StatusRequest(keys: keys)))
    }

    package func log(of key: AttemptKey, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        try await chunk(for: .log(LogRequest(key: key, offset: offset, limit: limit)))
    }

    package func end(_ key: AttemptKey, mode: EndMode, grace: UInt64) async throws -> EndReply {
        guard case .ended(let reply) = try await call(.end(EndRequest(key: key, mode: mode, grace: grace))) else {
            throw unexpected("end")
        }
        return reply
    }

    package func claim(_ key: AttemptKey) async throws -> [AttemptReport] { try await reports(for: .claim(key)) }

    package func cleanup(_ keys: [AttemptKey]) async throws {
        for start in stride(from: 0, to: keys.count, by: 1_000) {
            let part = Array(keys[start..<min(start + 1_000, keys.count)])
            guard case .done = try await call(.cleanup(CleanupRequest(keys: part))) else { throw unexpected("cleanup") }
        }
    }

    package func collect(_ key: AttemptKey, patterns: [String]) async throws -> CollectReply {
        let request = CollectRequest(key: key, patterns: patterns)
        guard case .collected(let reply) = try await call(.collect(request)) else { throw unexpected("collect") }
        return reply
    }

    package func artifact(of key: AttemptKey, path: String, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        try await chunk(for: .artifact(ArtifactRequest(key: key, path: path, offset: offset, limit: limit)))
    }

    package var connections: ConnectionCounts? {
        get async { await (session as? any CountedSession)?.connections }
    }

    package func close() async {
        isClosed = true
        let opening = opening
        // Done already, or given up: also where an earlier channel is known, which may be lost.
        opening?.cancel()
        await current?.close()
        await session?.close()
        // What was still being opened ends with its session.
        if let late = try? await opening?.value { await late.close() }
        (self.opening, current, session) = (nil, nil, nil)
    }

    // MARK: - The channel

    func call(_ request: Request) async throws -> Reply { try await ask(request, over: channel()) }

    /// Asks over an open channel.
    ///
    /// Whoever is cancelled while it waits has given up waiting: then so is the channel, which does not serve, and the
    /// next operation opens another.
    private func ask(_ request: Request, over channel: SupervisorChannel) async throws -> Reply {
        guard !Task.isCancelled else { throw HostError(wrapping: CancellationError(), host: name) }
        let reply = try await withTaskCancellationHandler {
            try await channel.call(request)
        } onCancel: { [name] in
            channel.giveUp(HostError(.transport, "\(name): the control channel was given up, as no answer came"))
        }
        answeredAt = .now
        return reply
    }

    /// The open channel; where there is none, or it was lost, another is opened, once for all who ask.
    private func channel() async throws -> SupervisorChannel {
        do {
            while let known = opening {
                let channel = try await known.value
                if channel.isOpen, !isClosed { return channel }
                if opening == known { opening = nil }
            }
            guard !isClosed else { throw HostError(.transport, "\(name): the host adapter is closed") }
            let mine = Task { try await open() }
            opening = mine
            do {
                return try await mine.value
            } catch {
                if opening == mine { opening = nil }
                throw error
            }
        } catch {
            throw HostError(wrapping: error, host: name)
        }
    }

    private func open() async throws -> SupervisorChannel {
        let session = if let session { session } else { try await transport.connect() }
        self.session = session
        let hello = hello()
        let channel = try await greet(hello, over: session)
        hasGreeted = true
        missingNames = missing(of: hello, in: channel.greeting)
        current = channel
        answeredAt = .now
        onNotice(.connected(channel.greeting))
        return channel
    }

    /// Opens a channel whose supervisor answers.
    ///
    /// One of this machine that has never answered is tried again at once, as it may have been killed by chance; then
    /// it is told as what it is, a fault of the set-up.
    private func greet(_ hello: Hello, over session: any Session) async throws -> SupervisorChannel {
        let opening = SupervisorChannel.Opening(
            hostName: configuration.name,
            session: session,
            launch: configuration.launch,
            environment: configuration.environment,
            hello: hello,
            patience: .nanoseconds(Int64(configuration.patience * 1e9)),
            polling: configuration.polling,
            meter: meter,
            clocks: configuration.clocks,
            onNotice: onNotice
        )
        let start = ContinuousClock.now
        var tries = 1
        while true {
            do {
                return try await SupervisorChannel.open(opening)
            } catch {
                let error = HostError(wrapping: error, host: name)
                guard configuration.isHere, !hasGreeted, !isClosed,
                    error.code == .transport || error.code == .malformed
                else { throw error }
                if tries < Self.tries, start.duration(to: .now) < .seconds(1) {
                    tries += 1
                    continue
                }
                throw HostError(
                    .configuration,
                    "\(error.message), so \(configuration.launch.program) cannot be used",
                    hint: "put the codewhale-supervisor there that came with this codewhale, built for this machine"
                )
            }
        }
    }

    /// How often a supervisor of this machine that ends before it answers is tried.
    private static let tries = 3

    /// Names of the channel's variables that did not arrive, once it is open.
    package func missingVariables() async throws -> Set<String> {
        _ = try await channel()
        return missingNames
    }

    // MARK: - Answers

    private func reports(for request: Request) async throws -> [AttemptReport] {
        guard case .reports(let reply) = try await call(request) else { throw unexpected("status") }
        return reply.reports
    }

    private func chunk(for request: Request) async throws -> FileChunk {
        guard case .chunk(let reply) = try await call(request) else { throw unexpected("read") }
        return reply
    }

    nonisolated func unexpected(_ operation: String) -> HostError {
        HostError(.malformed, "\(name): the answer to \(operation) is of another kind")
    }
}
