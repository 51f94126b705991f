public import FleetTransport
import NIOCore
import Synchronization

/// The native transport where it can serve a host, and the system's `ssh` where it cannot.
public struct AutoTransport: Transport {
    private let native: LibSSH2Transport
    private let system: SystemSSHTransport
    private let onFallback: @Sendable (TransportError) -> Void

    /// A choice of two ways to the same endpoint.
    ///
    /// - Parameters:
    ///   - native: tried first.
    ///   - system: taken where `native` says that it cannot do what is asked for.
    ///   - onFallback: told why, once for each session; must not block.
    public init(
        native: LibSSH2Transport,
        system: SystemSSHTransport,
        onFallback: @escaping @Sendable (TransportError) -> Void = { _ in }
    ) {
        self.native = native
        self.system = system
        self.onFallback = onFallback
    }

    /// `auto`.
    public var name: String { "auto" }

    /// A session over the transport that can serve.
    public func connect() async throws -> any Session {
        do {
            return AutoSession(native: try await native.connect(), system: system, onFallback: onFallback)
        } catch let error as TransportError where error.isForTheSystem {
            onFallback(error)
            return try await system.connect()
        }
    }
}

extension TransportError {
    /// Whether the system's client may serve where the native transport has failed so: nothing was sent but what tells
    /// the two ends apart, and the client asks and checks anew.
    ///
    /// Also where the two ends have no algorithm in common, as the client has more of them; where the host takes what the
    /// client alone can show; and where the host has not shown the pinned key, which may be one of RSA that an old library does not ask for.
    fileprivate var isForTheSystem: Bool {
        switch reason {
        case .unsupported, .negotiation, .otherMethod: true
        case .pinMismatch: !LibSSH2.isModern
        default: false
        }
    }
}

/// A session that changes its transport where the first cannot serve, as its first channel shows.
private actor AutoSession: LimitedSession, PooledSession {
    private let native: any Session
    private let system: SystemSSHTransport
    private let onFallback: @Sendable (TransportError) -> Void
    private var other: Task<any Session, any Error>?
    private var hasTold = false
    /// Whether the host has let the native transport in before.
    private var hasServed = false
    private var isClosed = false

    init(native: any Session, system: SystemSSHTransport, onFallback: @escaping @Sendable (TransportError) -> Void) {
        self.native = native
        self.system = system
        self.onFallback = onFallback
    }

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        // A closed session says so by itself.
        if hasTold, !isClosed { return try await fallback().openChannel(request, configure: configure) }
        do {
            let channel = try await native.openChannel(request, configure: configure)
            hasServed = true
            return channel
        } catch let error as TransportError where error.isForTheSystem && !isClosed {
            // That our key is refused now may pass, and the client would be kept for good.
            if error.reason == .otherMethod, hasServed { throw error }
            if !hasTold {
                hasTold = true
                onFallback(error)
            }
            return try await fallback().openChannel(request, configure: configure)
        }
    }

    /// The system's session, which all share that need it; one that could not be had is asked for anew by the next.
    private func fallback() async throws -> any Session {
        let mine = other ?? Task { [system] in try await system.connect() }
        other = mine
        do {
            return try await mine.value
        } catch {
            if other == mine { other = nil }
            throw error
        }
    }

    var channelLimit: Int? {
        get async {
            if hasTold { return await (try? other?.value as? any LimitedSession)?.channelLimit }
            return await (native as? any LimitedSession)?.channelLimit
        }
    }

    var connections: ConnectionCounts? {
        get async { hasTold ? nil : await (native as? any CountedSession)?.connections }
    }

    var counters: PoolCounters? {
        get async { hasTold ? nil : await (native as? any PooledSession)?.counters }
    }

    func close() async {
        // Nothing is opened from now on; what is being opened is waited for, and closed.
        isClosed = true
        await native.close()
        if let session = try? await other?.value { await session.close() }
    }
}
