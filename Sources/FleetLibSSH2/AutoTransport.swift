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
        } catch let error as TransportError where error.reason == .unsupported {
            onFallback(error)
            return try await system.connect()
        }
    }
}

/// A session that changes its transport where the first cannot serve, as its first channel shows.
private actor AutoSession: LimitedSession, CountedSession {
    private let native: any Session
    private let system: SystemSSHTransport
    private let onFallback: @Sendable (TransportError) -> Void
    private var other: Task<any Session, any Error>?

    init(native: any Session, system: SystemSSHTransport, onFallback: @escaping @Sendable (TransportError) -> Void) {
        self.native = native
        self.system = system
        self.onFallback = onFallback
    }

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        if let other { return try await other.value.openChannel(request, configure: configure) }
        do {
            return try await native.openChannel(request, configure: configure)
        } catch let error as TransportError where error.reason == .unsupported {
            if other == nil {
                onFallback(error)
                other = Task { [system] in try await system.connect() }
            }
            guard let other else { throw error }
            return try await other.value.openChannel(request, configure: configure)
        }
    }

    var channelLimit: Int? {
        get async {
            if let other { return await (try? other.value as? any LimitedSession)?.channelLimit }
            return await (native as? any LimitedSession)?.channelLimit
        }
    }

    var connections: ConnectionCounts? {
        get async { other == nil ? await (native as? any CountedSession)?.connections : nil }
    }

    func close() async {
        await native.close()
        if let session = try? await other?.value { await session.close() }
    }
}
