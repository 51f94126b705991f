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
        /// The files of certificates of those and the agent's keys, expanded.
        var certificateFiles: [String]
        /// Whether nothing but those keys is shown.
        var isLimited: Bool
        /// The agent's socket.
        var agent: String?
        /// Methods beside keys by which `ssh` would sign in, as hosts name them.
        var otherMethods: [String] = []
        /// Which of its addresses count.
        var addressFamily: NameLookup.Family
        /// What may be used on the connection.
        var algorithms: SSHAlgorithms
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
            // The first is reached as its own configuration says; what carries the others is the one before.
            if hops.isEmpty { try checkDial(configuration) }
            if configuration.knownHostsCommand != nil { throw unsupported("a KnownHostsCommand") }
            var hop = try hop(configuration, host: jump.host, identity: route.identity.map(expandHome), isJump: true)
            hop.name = "\(endpoint.name): jump host \(jump.name)"
            hops.append(hop)
        }
        if route.jumps.isEmpty { try checkDial(own) }
        var target = try hop(own, host: endpoint.host, identity: nil, isJump: false)
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
    ) throws -> NativeRoute.Hop {
        // Which keys are revoked is for ssh alone to read: with a pinned key, too, as there.
        if configuration["revokedhostkeys"] != nil { throw unsupported("RevokedHostKeys") }
        let algorithms: SSHAlgorithms
        do { algorithms = try SSHAlgorithms.allowed(by: configuration) } catch {
            throw unsupported("\(error.keyword) of which libssh2 \(LibSSH2.version) has none that is safe")
        }
        let alias = configuration["hostkeyalias"]
        let tokens = SSHTokens(configuration, host: host, alias: alias, environment: environment)
        let files =
            if let own = endpoint.knownHosts {
                [expandHome(own)]
            } else {
                try ["UserKnownHostsFile", "GlobalKnownHostsFile"].flatMap { try paths($0, configuration, tokens) }
            }
        var identities = Self.named(configuration.identityFiles).map(tokens.expand)
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
            certificateFiles: Self.named(configuration.certificateFiles).map(tokens.expand),
            isLimited: configuration["identitiesonly"] == "yes",
            agent: agent(configuration, tokens),
            otherMethods: Self.otherMethods(configuration),
            addressFamily: configuration["addressfamily"].flatMap { NameLookup.Family(rawValue: $0.lowercased()) }
                ?? .any,
            algorithms: algorithms,
            isJump: isJump
        )
    }

    /// Refuses what changes how the first host is connected to, and is not done here.
    private func checkDial(_ configuration: SSHConfiguration) throws {
        for keyword in ["ProxyCommand", "BindAddress", "BindInterface"]
        where configuration[keyword.lowercased()] != nil { throw unsupported("a \(keyword)") }
    }

    /// What `ssh` can do without asking anybody, and we cannot, and how it is switched on.
    private static func otherMethods(_ configuration: SSHConfiguration) -> [String] {
        let preferred = configuration["preferredauthentications"]?.split(separator: ",").map(String.init)
        return [
            (keyword: "gssapiauthentication", name: "gssapi-with-mic"),
            (keyword: "hostbasedauthentication", name: "hostbased"),
        ]
        .filter { configuration[$0.keyword] == "yes" && preferred?.contains($0.name) ?? true }
        .map(\.name)
    }

    private static func named(_ paths: [String]) -> [String] { paths.filter { $0.lowercased() != "none" } }

    /// The files of a keyword that takes several: `ssh -G` prints them with blanks between, and those in a name unquoted.
    private func paths(_ keyword: String, _ configuration: SSHConfiguration, _ tokens: SSHTokens) throws -> [String] {
        let words = (configuration[keyword.lowercased()] ?? "").split(separator: " ").map(String.init)
        return try Self.named(words)
            .map { word in
                // A file of no certain place is more likely the end of the name before it.
                guard ["/", "~", "%", "$"].contains(where: word.hasPrefix) else {
                    throw unsupported("a \(keyword) with a blank in its name, or without a directory")
                }
                return tokens.expand(word)
            }
    }

    private func agent(_ configuration: SSHConfiguration, _ tokens: SSHTokens) -> String? {
        let own = environment["SSH_AUTH_SOCK"]
        guard let named = configuration["identityagent"] else {
            // `none` reads as nil, and is told apart from nothing by the keyword's presence.
            return configuration.hasNone("identityagent") ? nil : own
        }
        if named == "SSH_AUTH_SOCK" { return own }
        if named.hasPrefix("$"), !named.hasPrefix("${") { return environment[String(named.dropFirst())] }
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
