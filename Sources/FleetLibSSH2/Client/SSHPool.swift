// Whoever uses the pool uses endpoints and errors, too: one import brings them.
@_exported public import FleetTransport
public import NIOCore
import NIOPosix

/// Hosts behind SSH, reached over connections that are shared.
///
/// A pool connects when somebody wants something of a host, carries many commands on one connection, opens another
/// where a host takes no more on it, and closes what has been idle for a minute. Its sessions are light: they are given
/// up by letting go of them, and end with the pool. Where nobody has closed a pool when it and its sessions are gone, it
/// closes by itself.
///
/// ```swift
/// let pool = SSHPool()
/// let session = try await pool.connect(to: "builder")
/// let result = try await session.run(["uname", "-a"])
/// await pool.close()
/// ```
public actor SSHPool {
    /// Which transport carries the connections.
    public enum Means: Sendable {
        /// SSH in this process.
        case libssh2
        /// The system's `ssh` client.
        ///
        /// An exit with 255, and an end by a signal, look like a lost connection there.
        case system
        /// SSH in this process, and the system's client where that cannot serve a host.
        case auto
    }

    private let means: Means
    private let environment: [String: String]
    private let client: NativeClient
    private var carriers: [SSHEndpoint: Carrier] = [:]
    private var isClosed = false

    /// A pool without connections.
    ///
    /// - Parameters:
    ///   - means: which transport carries the connections.
    ///   - environment: where the agent's socket, the home directory and `PATH` are looked for; nil for this process's.
    ///   - eventLoop: where the channels run; nil for one of NIO's own.
    public init(
        _ means: Means = .libssh2,
        environment: [String: String]? = nil,
        eventLoop: (any EventLoop)? = nil
    ) {
        self.means = means
        self.environment = environment ?? ProcessEnvironment.current
        client = NativeClient(eventLoop: eventLoop ?? MultiThreadedEventLoopGroup.singleton.next())
    }

    /// Connects to a host, and returns when it has run a first command: key, account and login shell are known to work.
    ///
    /// - Parameter host: its name or address, or a `Host` of the ssh configuration; `user@` may stand before it.
    /// - Returns: a session.
    /// - Throws: `TransportError`, and `CancellationError` where the task was cancelled.
    public func connect(to host: String) async throws -> SSHSession {
        guard let at = host.lastIndex(of: "@") else { return try await connect(to: SSHEndpoint(host: host)) }
        var endpoint = SSHEndpoint(host: String(host[host.index(after: at)...]))
        endpoint.user = String(host[..<at])
        return try await connect(to: endpoint)
    }

    /// Connects to an endpoint, and returns when it has run a first command.
    ///
    /// - Parameter endpoint: the host, and what is asked of the connection to it.
    /// - Returns: a session.
    /// - Throws: `TransportError`, and `CancellationError` where the task was cancelled.
    public func connect(to endpoint: SSHEndpoint) async throws -> SSHSession {
        let session = SSHSession(endpoint: endpoint, pool: self, carrier: try await carrier(for: endpoint))
        try await session.greet()
        return session
    }

    deinit {
        // Nobody can wait for it: closing goes on by itself.
        Task { [carriers] in await Self.close(carriers.values) }
    }

    /// Ends all sessions, what runs on them, and the connections; returns when nothing of them is left here.
    public func close() async {
        isClosed = true
        let carriers = self.carriers
        self.carriers = [:]
        await Self.close(carriers.values)
    }

    /// Closes them all at once: each may take its time.
    private static func close(_ carriers: some Sequence<Carrier>) async {
        await withDiscardingTaskGroup { group in
            for carrier in carriers { group.addTask { await carrier.session.close() } }
        }
    }

    /// What all sessions of an endpoint share; it keeps their connections.
    private func carrier(for endpoint: SSHEndpoint) async throws -> Carrier {
        if let known = carriers[endpoint] { return known }
        guard !isClosed else { throw closed(endpoint) }
        let made = try await transport(to: endpoint).connect()
        // Somebody else may have come here meanwhile, or closed the pool.
        if let known = carriers[endpoint] {
            await made.close()
            return known
        }
        guard !isClosed else {
            await made.close()
            throw closed(endpoint)
        }
        let carrier = Carrier(made)
        carriers[endpoint] = carrier
        return carrier
    }

    private func transport(to endpoint: SSHEndpoint) -> any Transport {
        let native = LibSSH2Transport(endpoint: endpoint, environment: environment, client: client)
        guard means != .libssh2 else { return native }
        let system = SystemSSHTransport(endpoint: endpoint, environment: environment, eventLoop: client.eventLoop)
        return means == .system ? system : AutoTransport(native: native, system: system)
    }

    private func closed(_ endpoint: SSHEndpoint) -> TransportError {
        TransportError(.transport, "\(endpoint.name): the pool is closed")
    }
}

/// Makes a pool, and closes it when `body` is done, however that ends.
///
/// - Parameters:
///   - means: which transport carries the connections.
///   - body: works with the pool.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
public func withSSHPool<Result: Sendable>(
    _ means: SSHPool.Means = .libssh2,
    _ body: (SSHPool) async throws -> Result
) async rethrows -> Result {
    let pool = SSHPool(means)
    do {
        let result = try await body(pool)
        await pool.close()
        return result
    } catch {
        await pool.close()
        throw error
    }
}
