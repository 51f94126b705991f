public import FleetTransport
public import NIOCore

/// Reaches a host by SSH spoken in this process, through libssh2: connections are pooled, and a channel costs no process.
///
/// It owes what `Transport` says, and gives the same verdicts as the system transport on the same files. What the
/// library cannot do is an error of reason `unsupported` that names `"transport": "system"`.
public struct LibSSH2Transport: Transport {
    private let endpoint: SSHEndpoint
    private let environment: [String: String]
    private let client: NativeClient
    private let routes: RouteCache<NativeRoute>

    /// A transport to an endpoint, with connections of its own.
    ///
    /// - Parameters:
    ///   - endpoint: the host.
    ///   - environment: this process's: the agent's socket and the home directory are looked for there.
    ///   - eventLoop: where the channels run.
    public init(endpoint: SSHEndpoint, environment: [String: String], eventLoop: any EventLoop) {
        self.init(endpoint: endpoint, environment: environment, client: NativeClient(eventLoop: eventLoop))
    }

    /// A transport whose connections are shared with others to the same endpoint.
    package init(endpoint: SSHEndpoint, environment: [String: String], client: NativeClient) {
        self.endpoint = endpoint
        self.environment = environment
        self.client = client
        routes = RouteCache()
    }

    /// `libssh2`.
    public var name: String { "libssh2" }

    /// Reads the configuration of the host; connections are opened for the channels that are asked for.
    public func connect() async throws -> any Session {
        guard LibSSH2.isReady else {
            throw TransportError(.configuration, "\(endpoint.name): libssh2 cannot be used here", reason: .unsupported)
        }
        let find: @Sendable () async throws -> NativeRoute = { [self] in
            let resolver = try SSHResolver(endpoint: endpoint, environment: environment, eventLoop: client.eventLoop)
            return try await NativeResolver(endpoint: endpoint, environment: environment, resolver: resolver).route()
        }
        let route = try await routes.value(find)
        return NativeSession(route: route, client: client, pool: try await client.use(route)) { [routes] in
            await routes.forget()
            return try await routes.value(find)
        }
    }
}
