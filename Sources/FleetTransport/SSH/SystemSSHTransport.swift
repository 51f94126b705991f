public import NIOCore

/// Reaches a host through the system's `ssh` client: a channel is a client process, joined to it by pipes.
///
/// Nothing prompts: clients run in a session of their own without a terminal, in batch mode. Host keys are checked
/// strictly, those of jump hosts too. The user's ssh configuration counts but for what would break a channel. The first
/// channel of a connection carries the others (`ControlMaster`); when the host takes no more sessions on it, another
/// connection is opened, never one behind our back. `ssh` exits with 255 for a lost connection, a signal and an exit of
/// 255 alike: such an end is unknown.
public struct SystemSSHTransport: Transport {
    private let endpoint: SSHEndpoint
    private let client: SSHClient
    private let eventLoop: any EventLoop
    private let route: RouteCache<SSHRoute>

    /// A transport to an endpoint.
    ///
    /// - Parameters:
    ///   - endpoint: the host.
    ///   - environment: this process's, from which the client is given what it needs and nothing else.
    ///   - eventLoop: where the channels run.
    public init(endpoint: SSHEndpoint, environment: [String: String], eventLoop: any EventLoop) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
        client = SSHClient(environment: environment)
        route = RouteCache()
    }

    /// `system`.
    public var name: String { "system" }

    /// Reads the configuration of the host; the session connects with its first channel.
    public func connect() async throws -> any Session {
        let program = try client.program()
        let (resolver, endpoint) = (resolver(program), endpoint)
        // What cannot be found is told at once.
        _ = try await route.value { try await resolver.route(to: endpoint) }
        return SystemSession(
            endpoint: endpoint,
            program: program,
            routes: route,
            findRoute: { try await resolver.route(to: endpoint) },
            client: client,
            directory: try ControlDirectory(environment: client.environment),
            eventLoop: eventLoop
        )
    }

    /// Finds out how the host would be reached, and contacts nobody.
    ///
    /// - Throws: ``TransportError`` of code `configuration` or `authentication`.
    package func inspect() async throws -> SSHInspection {
        let resolver = resolver(try client.program())
        let own = try await resolver.query(JumpHost(host: endpoint.host, user: endpoint.user, port: endpoint.port))
        let route = try await route.value { try await resolver.route(to: endpoint) }
        return SSHInspection(
            hostName: own.hostName,
            user: own.user,
            port: own.port,
            jumps: route.jumps.map(\.name),
            hasProxyCommand: route.jumps.isEmpty && own.proxyCommand != nil,
            identityFiles: (route.identity.map { [$0] } ?? own.identityFiles).map(route.expand)
                .compactMap { path in
                    IdentityFile.isEncrypted(file: path)
                        .map { SSHInspection.KeyFile(path: path, isEncrypted: $0) }
                }
        )
    }

    private func resolver(_ program: String) -> SSHResolver {
        SSHResolver(endpoint: endpoint, client: client, program: program, eventLoop: eventLoop)
    }
}
