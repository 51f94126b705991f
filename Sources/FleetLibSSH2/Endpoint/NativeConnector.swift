import CLibSSH2
import FleetTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Makes authenticated connections: TCP or a tunnel, the handshake, the host's key, and who we are, in this order.
struct NativeConnector: Sendable {
    let eventLoop: any EventLoop
    let scratch: NIOLoopBound<ReadScratch>
    /// Finds the addresses of names.
    var lookup = NameLookup.system

    /// Connects.
    ///
    /// - Parameters:
    ///   - route: the way.
    ///   - leave: who gave leave to connect; nil for nobody.
    /// - Returns: the connection to the route's last hop, which owns those to the others.
    /// - Throws: ``TransportError``, `CancellationError`; then nothing is left.
    func connect(
        _ route: NativeRoute,
        _ leave: ConnectLeave? = nil
    ) async throws -> NIOLoopBound<SSHConnection> {
        let leave = leave ?? .unshared(on: eventLoop)
        let end = NIOLockedValueBox(NIODeadline.now() + .nanoseconds(Int64(Self.seconds(for: route) * 1e9)))
        var isLate: Bool { NIODeadline.now() >= end.withLockedValue(\.self) }
        do {
            return try await connect(route, families: nil, until: end, leave)
        } catch let error as TransportError where error.reason == .pinMismatch {
            // The host may have the pinned key too, of another kind than the one that it showed.
            for family in HostKeyOffer.families(of: route) where !isLate {
                do {
                    return try await connect(route, families: family, until: end, leave)
                } catch let other as TransportError where other.reason == .pinMismatch || other.reason == .negotiation {
                    continue
                } catch let other as TransportError where other.reason == .timeout && isLate {
                    break
                }
            }
            throw error
        }
    }

    /// How long all tries may take together.
    private static func seconds(for route: NativeRoute) -> Double {
        route.endpoint.connectTimeout * Double(route.hops.count)
    }

    private func connect(
        _ route: NativeRoute,
        families: [String]?,
        until end: NIOLockedValueBox<NIODeadline>,
        _ leave: ConnectLeave
    ) async throws -> NIOLoopBound<SSHConnection> {
        let eventLoop = self.eventLoop
        let watch =
            try await eventLoop.submit {
                NIOLoopBound(ConnectWatch(on: eventLoop), eventLoop: eventLoop)
            }
            .get()
        let late = TransportError(
            .transport,
            "\(route.endpoint.name): nobody answered within \(Int(Self.seconds(for: route).rounded(.up))) s",
            reason: .timeout
        )
        try await eventLoop.submit { watch.value.endsAt(end.withLockedValue(\.self), late) }.get()
        do {
            return try await withTaskCancellationHandler {
                var connection: NIOLoopBound<SSHConnection>?
                for hop in route.hops {
                    let made = try await connect(hop, over: connection, families: families, route, watch, leave)
                    if connection == nil { eventLoop.execute(leave.enter) }
                    connection = made
                }
                guard let connection else { throw late }
                try Task.checkCancellation()
                try await eventLoop.submit { watch.value.release() }.get()
                return connection
            } onCancel: {
                eventLoop.execute { watch.value.end(late) }
            }
        } catch {
            try await eventLoop.flatSubmit {
                // What it waited for leave is none of the next one's time either.
                end.withLockedValue { $0 = $0 + watch.value.pause }
                return watch.value.discard()
            }
            .get()
            try Task.checkCancellation()
            guard let lost = error as? TransportError, lost.reason == .lost else { throw error }
            throw TransportError(
                .transport,
                "\(route.endpoint.name): the connection was closed before a session was there",
                reason: .closed
            )
        }
    }

    private func connect(
        _ hop: NativeRoute.Hop,
        over carrier: NIOLoopBound<SSHConnection>?,
        families: [String]?,
        _ route: NativeRoute,
        _ watch: NIOLoopBound<ConnectWatch>,
        _ leave: ConnectLeave
    ) async throws -> NIOLoopBound<SSHConnection> {
        let (eventLoop, scratch) = (self.eventLoop, self.scratch)
        let connection =
            try await eventLoop.submit {
                let connection = try SSHConnection(name: hop.name, scratch: scratch.value, eventLoop: eventLoop)
                connection.carrier = carrier?.value
                watch.value.add(connection)
                watch.value.knock(leave)
                return NIOLoopBound(connection, eventLoop: eventLoop)
            }
            .get()
        if let carrier {
            try await tunnel(hop, carrier, connection)
        } else {
            try await dial(hop, connection, route.endpoint, watch)
        }
        try await eventLoop.flatSubmit { watch.value.isAnswered(leave) }.get()
        let known = try await knownHosts(of: hop, watch)
        let offer = try HostKeyOffer(hop, known: known, families: hop.isJump ? nil : families)
        let key = try await shakeHands(hop, connection, offer)
        try HostKeyCheck(hop: hop, endpoint: route.endpoint.name, known: known).check(key)
        let authentication = Authentication(
            user: hop.user,
            identityFiles: hop.identityFiles,
            certificateFiles: hop.certificateFiles,
            isLimited: hop.isLimited,
            agent: hop.agent,
            otherMethods: hop.otherMethods,
            name: hop.name
        )
        try await authentication.run(connection, on: eventLoop, watch: watch)
        return connection
    }

    // MARK: - The way there

    private func dial(
        _ hop: NativeRoute.Hop,
        _ connection: NIOLoopBound<SSHConnection>,
        _ endpoint: SSHEndpoint,
        _ watch: NIOLoopBound<ConnectWatch>
    ) async throws {
        let (eventLoop, resolver) = (
            self.eventLoop, HostResolver(lookup: lookup, family: hop.addressFamily, eventLoop: eventLoop)
        )
        // Silence is found out by the pool's questions, within bounds that the endpoint sets, and not by TCP_USER_TIMEOUT.
        let bootstrap = ClientBootstrap(group: eventLoop)
            .resolver(resolver)
            .connectTimeout(.nanoseconds(Int64(endpoint.connectTimeout * 1e9)))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A channel is made for every address that is tried, and only one of them becomes the connection's.
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try watch.value.join(channel) }
            }
        // An address is no name, and waits for none.
        let address = try? SocketAddress(ipAddress: hop.hostName, port: hop.port)
        let connected =
            (address.map(bootstrap.connect(to:)) ?? bootstrap.connect(host: hop.hostName, port: hop.port))
            .flatMapThrowing { try connection.value.use($0) }
        do {
            try await eventLoop.flatSubmit { watch.value.wait(for: connected) }.get()
        } catch let error as TransportError {
            throw error
        } catch {
            throw DialFailure.error(error, host: hop.name)
        }
    }

    private func tunnel(
        _ hop: NativeRoute.Hop,
        _ carrier: NIOLoopBound<SSHConnection>,
        _ connection: NIOLoopBound<SSHConnection>
    ) async throws {
        do {
            _ =
                try await eventLoop.flatSubmit {
                    carrier.value.open(.tunnel(host: hop.hostName, port: hop.port)) { channel in
                        try channel.pipeline.syncOperations.addHandler(connection.value)
                    }
                }
                .get()
        } catch is ChannelRefused {
            throw TransportError(
                .transport,
                "\(hop.name): the jump host cannot reach it",
                reason: .unreachable,
                hint: "the jump host's sshd must allow forwarding (AllowTcpForwarding), and something must listen there"
            )
        }
    }

    // MARK: - Who is there

    private func knownHosts(
        of hop: NativeRoute.Hop,
        _ watch: NIOLoopBound<ConnectWatch>
    ) async throws -> KnownHost {
        guard hop.pin == nil else { return KnownHost() }
        return try await watch.read {
            KnownHosts(files: try hop.knownHosts.map { try KnownHosts.File.read($0) })
                .host(hop.knownName, port: hop.knownPort)
        }
    }

    private func shakeHands(
        _ hop: NativeRoute.Hop,
        _ connection: NIOLoopBound<SSHConnection>,
        _ offer: HostKeyOffer
    ) async throws -> [UInt8] {
        do {
            return
                try await eventLoop.flatSubmit {
                    connection.value.perform { session -> [UInt8]? in
                        if !session.hasAlgorithms {
                            try session.prefer(hop.algorithms, hostKeys: offer.algorithms)
                        }
                        let code = libssh2_session_handshake(session.pointer, LibSSH2.descriptor)
                        guard try session.isDone(code) else { return nil }
                        return session.hostKey ?? []
                    }
                }
                .get()
        } catch {
            let (first, isOver) =
                try await eventLoop.submit {
                    (connection.value.firstBytes, connection.value.streams.isEndedByHost)
                }
                .get()
            throw HandshakeFailure.error(error, firstBytes: first, isOver: isOver, host: hop.name)
        }
    }
}
