import NIOConcurrencyHelpers
import NIOCore

/// Connections to one host, and the channels on them.
///
/// The first channel of a connection is the client that carries it; others join it through its socket. How many fit is
/// learnt from refusals. Until a connection has authenticated no second one is begun, then a few at a time.
actor SystemSession: Session, LimitedSession {
    /// A client that carries a connection.
    private struct Connection {
        /// Its socket.
        let control: String
        /// The way that it took.
        let route: SSHRoute
        /// How many channels it carries, its own among them.
        var channels = 1
        /// How many it takes, as far as is known.
        var limit = Int.max
        /// Whether others may join.
        var isOpen = false
        /// How many have joined it; it is not killed over them.
        let joined = NIOLockedValueBox(0)
    }

    /// How many connections may be begun at once, once one has been accepted.
    private static let openingLimit = 4
    /// How often a channel is tried anew where a shared connection turned it away.
    private static let tryLimit = 100

    private let endpoint: SSHEndpoint
    private let routes: RouteCache<SSHRoute>
    private let findRoute: @Sendable () async throws -> SSHRoute
    private let program: String
    private let client: SSHClient
    private var directory: ControlDirectory
    private let eventLoop: any EventLoop

    private var connections: [Int: Connection] = [:]
    private var lastNumber = 0
    private var opening = 0
    private var hasBeenAccepted = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var channels: [Int: CommandChannel] = [:]
    private var isClosed = false
    private var learntLimit: Int?
    /// The algorithms that show the pinned key, once they are known.
    private var pinnedAlgorithms: String?

    init(
        endpoint: SSHEndpoint,
        program: String,
        routes: RouteCache<SSHRoute>,
        findRoute: @escaping @Sendable () async throws -> SSHRoute,
        client: SSHClient,
        directory: ControlDirectory,
        eventLoop: any EventLoop
    ) {
        self.endpoint = endpoint
        self.program = program
        self.routes = routes
        self.findRoute = findRoute
        self.client = client
        self.directory = directory
        self.eventLoop = eventLoop
    }

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        for _ in 0..<Self.tryLimit {
            try Task.checkCancellation()
            guard !isClosed else { throw TransportError(.transport, "\(endpoint.name): the session is closed") }
            await noteClosing()
            if let number = connections.filter({ $0.value.isOpen && $0.value.channels < $0.value.limit }).keys.min() {
                if let channel = try await join(number, request, configure) { return channel }
            } else if opening < (hasBeenAccepted ? Self.openingLimit : 1) {
                return try await connect(request, configure)
            } else {
                await withCheckedContinuation { waiting.append($0) }
            }
        }
        throw TransportError(.transport, "\(endpoint.name): the host takes no more sessions", reason: .sessionRefused)
    }

    /// How many channels a connection takes, where a refusal has told it.
    package var channelLimit: Int? { learntLimit }

    func close() async {
        isClosed = true
        wake()
        for channel in channels.values { channel.channel.close(promise: nil) }
        for channel in channels.values { _ = try? await channel.end.get() }
        directory.remove()
    }

    // MARK: - Connections

    /// Opens a connection, whose first channel it is.
    private func connect(
        _ request: ChannelRequest,
        _ configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        opening += 1
        defer {
            opening -= 1
            wake()
        }
        do {
            return try await connect(request, on: routes.value(findRoute), configure)
        } catch {
            await routes.forget()
            throw error
        }
    }

    private func connect(
        _ request: ChannelRequest,
        on route: SSHRoute,
        _ configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        var route = route
        route.hostKeyAlgorithms = pinnedAlgorithms
        do {
            return try await connect(request, route: route, configure)
        } catch let error as TransportError where error.reason == .pinMismatch && pinnedAlgorithms == nil {
            // The host may have the pinned key too, of another kind than the one that it showed.
            for algorithms in HostKeyAlgorithms.families {
                do {
                    route.hostKeyAlgorithms = algorithms
                    let channel = try await connect(request, route: route, configure)
                    pinnedAlgorithms = algorithms
                    return channel
                } catch let other as TransportError where other.reason == .pinMismatch || other.reason == .negotiation {
                    continue
                }
            }
            throw error
        }
    }

    private func connect(
        _ request: ChannelRequest,
        route: SSHRoute,
        _ configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        if !directory.exists { directory = try ControlDirectory(environment: client.environment) }
        lastNumber += 1
        let number = lastNumber
        let connection = Connection(control: "\(directory.path)/\(number)", route: route)
        connections[number] = connection
        let launch = self.launch(number, route)
        let (joined, nonce) = (connection.joined, launch.nonce)
        let words = launch.arguments.connection(
            control: connection.control,
            nonce: nonce,
            environment: request.environment.keys.sorted(),
            command: ShellCommand.line(request.arguments, marker: launch.marker)
        )
        do {
            let channel = try await launch.open(
                words,
                environment: request.environment,
                mayKill: { joined.withLockedValue { $0 == 0 } },
                configure: configure
            )
            hasBeenAccepted = true
            connections[number]?.isOpen = true
            return keep(channel, number, of: number)
        } catch {
            connections[number] = nil
            throw error
        }
    }

    /// Opens a channel on a connection that is there; nil where that takes no more, or is gone.
    private func join(
        _ number: Int,
        _ request: ChannelRequest,
        _ configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel? {
        guard let connection = connections[number] else { return nil }
        connections[number]?.channels += 1
        connection.joined.withLockedValue { $0 += 1 }
        lastNumber += 1
        let own = lastNumber
        var launch = launch(own, connection.route)
        launch.isJoining = true
        let words = launch.arguments.session(
            control: connection.control,
            environment: request.environment.keys.sorted(),
            command: ShellCommand.line(request.arguments, marker: launch.marker)
        )
        do {
            let channel = try await launch.open(words, environment: request.environment, configure: configure)
            return keep(channel, own, of: number)
        } catch {
            leave(number)
            guard (error as? TransportError)?.reason == .sessionRefused else { throw error }
            // What it carries now is what it takes.
            if let channels = connections[number]?.channels {
                connections[number]?.limit = channels
                learntLimit = channels
            }
            return nil
        }
    }

    private func launch(_ number: Int, _ route: SSHRoute) -> SSHLaunch {
        var arguments = SSHArguments(endpoint: endpoint, log: "\(directory.path)/\(number).log")
        arguments.program = program
        arguments.route = route
        return SSHLaunch(
            arguments: arguments,
            number: number,
            client: client,
            directory: directory,
            eventLoop: eventLoop
        )
    }

    private func keep(_ channel: CommandChannel, _ number: Int, of connection: Int) -> CommandChannel {
        channels[number] = channel
        channel.end.whenComplete { _ in
            Task { await self.noteEnd(of: number, on: connection) }
        }
        return channel
    }

    /// A connection whose own channel was closed goes with it, or with the last that joined: nobody joins it any more.
    private func noteClosing() async {
        let own = channels.filter { connections[$0.key]?.isOpen == true }
        guard !own.isEmpty else { return }
        // What was closed before this is closed by then.
        let closed = try? await eventLoop.submit { own.filter { !$0.value.channel.isActive }.map(\.key) }.get()
        for number in closed ?? [] { connections[number]?.isOpen = false }
    }

    private func noteEnd(of number: Int, on connection: Int) {
        channels[number] = nil
        if number == connection { connections[connection] = nil } else { leave(connection) }
        wake()
    }

    private func leave(_ connection: Int) {
        connections[connection]?.channels -= 1
        connections[connection]?.joined.withLockedValue { $0 -= 1 }
    }

    private func wake() {
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}

/// Kinds of host keys, as `HostKeyAlgorithms` of `ssh_config(5)` names them.
enum HostKeyAlgorithms {
    /// The kinds, each with all its names.
    static let families = [
        "ssh-ed25519", "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521", "rsa-sha2-512,rsa-sha2-256",
    ]
}
