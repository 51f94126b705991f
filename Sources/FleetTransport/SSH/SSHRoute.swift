package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How a host is reached, once its configuration was read.
package struct SSHRoute: Sendable, Equatable {
    /// The jump hosts, first to last.
    package var jumps: [JumpHost] = []
    /// The key's file, with `~` expanded; nil for what the ssh configuration says.
    package var identity: String?
    /// Whether the user's configuration has a `KnownHostsCommand` of its own for the host.
    var hasKnownHostsCommand = false
    /// Whether the client knows key exchange by Kerberos, in which a host shows no key.
    var hasKerberosKeyExchange = false
    /// The names of our variables that the user's configuration sends to hosts, as `SendEnv` has them.
    var sentNames: [String] = []
    /// The host-key algorithms to ask for; nil for the client's order.
    var hostKeyAlgorithms: String?
    /// This account's home directory.
    var home = ""

    /// A path with a leading `~/` expanded.
    package func expand(_ path: String) -> String {
        path.hasPrefix("~/") && !home.isEmpty ? home + path.dropFirst() : path
    }
}

/// Finds out how a host is reached: reads the configuration of it and of its jump hosts with `ssh -G`.
package struct SSHResolver: Sendable {
    /// Reads the configuration of a host; `ssh -G` but for tests.
    package var query: @Sendable (JumpHost) async throws -> SSHConfiguration
    /// This account's home directory.
    var home: String
    /// Whether an ssh agent can be asked.
    var hasAgent: Bool

    /// A resolver that asks the system's `ssh`.
    ///
    /// - Throws: ``TransportError`` of code `configuration` where there is none.
    package init(endpoint: SSHEndpoint, environment: [String: String], eventLoop: any EventLoop) throws {
        let client = SSHClient(environment: environment)
        self.init(endpoint: endpoint, client: client, program: try client.program(), eventLoop: eventLoop)
    }

    init(endpoint: SSHEndpoint, client: SSHClient, program: String, eventLoop: any EventLoop) {
        var arguments = SSHArguments(endpoint: endpoint, log: "/dev/null")
        arguments.program = program
        let (name, limit) = (endpoint.name, endpoint.connectTimeout)
        self.init(
            query: { [arguments] host in
                try await CommonConfigurations.shared.configuration(
                    of: host,
                    arguments: arguments,
                    environment: client.environment
                ) {
                    try await client.configuration(arguments.query(host), named: name, limit: limit, on: eventLoop)
                }
            },
            home: client.environment["HOME"] ?? "",
            hasAgent: client.environment["SSH_AUTH_SOCK"].map { !$0.isEmpty } ?? false
        )
    }

    init(query: @escaping @Sendable (JumpHost) async throws -> SSHConfiguration, home: String, hasAgent: Bool) {
        self.query = query
        self.home = home
        self.hasAgent = hasAgent
    }

    /// More jump hosts than these are a loop.
    static let jumpLimit = 8

    /// The way to an endpoint.
    ///
    /// - Throws: ``TransportError`` of code `configuration` or `authentication`.
    package func route(to endpoint: SSHEndpoint) async throws -> SSHRoute { try await resolve(endpoint).route }

    /// The way to an endpoint, and what the configuration says of the endpoint itself.
    ///
    /// - Throws: as ``route(to:)``.
    package func resolve(_ endpoint: SSHEndpoint) async throws -> (route: SSHRoute, own: SSHConfiguration) {
        var route = SSHRoute()
        route.home = home
        if let identity = endpoint.identity {
            route.identity = route.expand(identity)
            try IdentityFile.check(route.expand(identity), hasAgent: hasAgent, host: endpoint.name)
        }
        let own = try await query(JumpHost(host: endpoint.host, user: endpoint.user, port: endpoint.port))
        route.hasKnownHostsCommand = own.knownHostsCommand != nil
        route.hasKerberosKeyExchange = own.has("gssapikeyexchange")
        route.sentNames = own.sentNames
        if let list = endpoint.proxyJump ?? own.proxyJump {
            route.jumps = try await chain(list, endpoint)
        }
        return (route, own)
    }

    /// The whole way through a list of jump hosts: the first of them may have one of its own, and so on.
    private func chain(_ list: String, _ endpoint: SSHEndpoint) async throws -> [JumpHost] {
        var chain = try jumps(list, endpoint)
        // How many of the last have been asked about; the first of a list alone may have a way of its own.
        var known = 0
        while chain.count <= Self.jumpLimit {
            var before: String?
            for place in (0..<chain.count - known).reversed() {
                let configuration = try await query(chain[place])
                chain[place].hasKnownHostsCommand = configuration.knownHostsCommand != nil
                before = configuration.proxyJump
            }
            known = chain.count
            guard let before else { return chain }
            chain = try jumps(before, endpoint) + chain
        }
        throw TransportError(
            .configuration,
            "\(endpoint.name): the way there leads through more than \(Self.jumpLimit) jump hosts",
            reason: .client,
            hint: "look for a loop of ProxyJump in the ssh configuration"
        )
    }

    private func jumps(_ list: String, _ endpoint: SSHEndpoint) throws -> [JumpHost] {
        if let jumps = JumpHost.list(list) { return jumps }
        throw Self.unreadable(list, host: endpoint.name)
    }

    /// The error of a list of jump hosts that is none.
    static func unreadable(_ list: String, host: String) -> TransportError {
        TransportError(
            .configuration,
            "\(host): the jump hosts \(SSHDiagnosis.harmless(list)) cannot be understood",
            reason: .client,
            hint: "write them as [user@]host[:port], with commas between"
        )
    }
}

extension JumpHost {
    package init(host: String, user: String?, port: Int?) {
        self.host = host
        self.user = user
        self.port = port
    }
}
