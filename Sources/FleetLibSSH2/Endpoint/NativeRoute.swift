import FleetTransport

/// The way to a host as this transport goes it: jump hosts, and the host itself at last.
struct NativeRoute: Sendable, Hashable {
    /// One connection of it.
    struct Hop: Sendable, Hashable {
        /// The host in messages.
        var name: String
        /// The address that is connected to.
        var hostName: String
        var port: Int
        var user: String
        /// The name under which known hosts have it, and the port; nil with a `HostKeyAlias`.
        var knownName: String
        var knownPort: Int?
        /// The files of known hosts, expanded.
        var knownHosts: [String]
        /// The only key that is accepted; nil for those of known hosts.
        var pin: String?
        /// The files of keys, expanded.
        var identityFiles: [String]
        /// Whether nothing but those keys is shown.
        var isLimited: Bool
        /// The agent's socket.
        var agent: String?
        /// Whether it is on the way only.
        var isJump: Bool

        /// The jump host as known hosts have it; nil for the host itself.
        var jumpName: String? {
            guard isJump else { return nil }
            return knownPort.map { $0 == 22 ? knownName : "[\(knownName)]:\($0)" } ?? knownName
        }
    }

    /// First to last.
    var hops: [Hop]
    /// The endpoint, for messages and bounds.
    var endpoint: SSHEndpoint
}

/// Finds the way as `ssh -G` tells it, so that both transports reach the same host by the same rules.
struct NativeResolver: Sendable {
    let endpoint: SSHEndpoint
    let environment: [String: String]
    let resolver: SSHResolver

    /// The way to the endpoint.
    ///
    /// - Throws: ``TransportError``, of reason `unsupported` for what the system transport alone can do.
    func route() async throws -> NativeRoute {
        let (route, own) = try await resolver.resolve(endpoint)
        var hops: [NativeRoute.Hop] = []
        for jump in route.jumps {
            let configuration = try await resolver.query(jump)
            var hop = hop(configuration, host: jump.host, identity: route.identity.map(expandHome), isJump: true)
            hop.name = "\(endpoint.name): jump host \(jump.name)"
            hops.append(hop)
        }
        if route.jumps.isEmpty, own.proxyCommand != nil { throw unsupported("a ProxyCommand") }
        var target = hop(own, host: endpoint.host, identity: nil, isJump: false)
        if let identity = route.identity { (target.identityFiles, target.isLimited) = ([expandHome(identity)], true) }
        target.pin = endpoint.hostKeyFingerprint
        if own.knownHostsCommand != nil, target.pin == nil { throw unsupported("a KnownHostsCommand") }
        return NativeRoute(hops: hops + [target], endpoint: endpoint)
    }

    private func hop(
        _ configuration: SSHConfiguration,
        host: String,
        identity: String?,
        isJump: Bool
    ) -> NativeRoute.Hop {
        let alias = configuration["hostkeyalias"]
        let tokens = SSHTokens(configuration, host: host, alias: alias)
        let files: [String] =
            if let own = endpoint.knownHosts {
                [expandHome(own)]
            } else {
                [configuration["userknownhostsfile"], configuration["globalknownhostsfile"]].compactMap(\.self)
                    .flatMap { $0.split(separator: " ").map { tokens.expand(String($0)) } }
            }
        var identities = configuration.identityFiles.map(tokens.expand)
        if let identity { identities.insert(identity, at: 0) }
        return NativeRoute.Hop(
            name: endpoint.name,
            hostName: configuration.hostName,
            port: configuration.port,
            user: configuration.user,
            knownName: alias ?? configuration.hostName,
            knownPort: alias == nil ? configuration.port : nil,
            knownHosts: files,
            identityFiles: identities,
            isLimited: configuration["identitiesonly"] == "yes",
            agent: agent(configuration, tokens),
            isJump: isJump
        )
    }

    private func agent(_ configuration: SSHConfiguration, _ tokens: SSHTokens) -> String? {
        let own = environment["SSH_AUTH_SOCK"]
        guard let named = configuration["identityagent"] else {
            // `none` reads as nil, and is told apart from nothing by the keyword's presence.
            return configuration.hasNone("identityagent") ? nil : own
        }
        if named == "SSH_AUTH_SOCK" { return own }
        if named.hasPrefix("$") { return environment[String(named.dropFirst())] }
        return tokens.expand(named)
    }

    /// A path of a spec: a leading `~/` is the home of the environment.
    private func expandHome(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = environment["HOME"], !home.isEmpty else { return path }
        return home + path.dropFirst()
    }

    private func unsupported(_ what: String) -> TransportError {
        TransportError(
            .configuration,
            "\(endpoint.name): the ssh configuration has \(what), which \"transport\": \"libssh2\" cannot follow",
            reason: .unsupported,
            hint: "set \"transport\": \"system\" for the host"
        )
    }
}
