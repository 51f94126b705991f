public import FleetCore

/// A host behind SSH, and what is asked of the connection to it.
public struct SSHEndpoint: Sendable, Hashable {
    /// Its name or address, or a `Host` of the ssh configuration.
    public var host: String
    /// The account; nil for what the ssh configuration says.
    public var user: String?
    /// The port; nil for what the ssh configuration says.
    public var port: Int?
    /// The file of the private key; nil for what the ssh configuration says.
    ///
    /// A leading `~/` is this account's home.
    public var identity: String?
    /// A file of known host keys; nil for what the ssh configuration says.
    public var knownHosts: String?
    /// The only host key that is accepted, as `SHA256:…`.
    public var hostKeyFingerprint: String?
    /// The jump hosts, as `ssh -J` takes them; nil for what the ssh configuration says.
    public var proxyJump: String?
    /// How many seconds connecting and authenticating may take, at most a million.
    public var connectTimeout: Double = 10 {
        didSet { connectTimeout = connectTimeout.isNaN ? 10 : min(max(connectTimeout, 0), 1e6) }
    }
    /// After how many seconds of silence the server is asked whether it is there; 0 for never.
    public var keepaliveInterval = 15 {
        didSet { keepaliveInterval = min(max(keepaliveInterval, 0), 1_000_000) }
    }
    /// After how many questions without an answer the connection is given up, at least one.
    public var keepaliveCount = 3 {
        didSet { keepaliveCount = min(max(keepaliveCount, 1), 1_000) }
    }
    /// The ssh configuration to read; nil for the user's and the system's.
    public var configFile: String?

    /// An endpoint with the defaults.
    public init(host: String) { self.host = host }

    /// The endpoint of a host of a spec.
    public init(_ spec: SSHHostSpec) {
        host = spec.host
        user = spec.user
        port = spec.port
        identity = spec.identity
        knownHosts = spec.knownHosts
        hostKeyFingerprint = spec.hostKeyFingerprint
        proxyJump = spec.proxyJump
        connectTimeout = spec.connectTimeoutSeconds
    }

    /// The host in messages: `user@host:port`, of what was given.
    public var name: String { Self.name(user: user, host: host, port: port) }

    /// A host in messages: `user@host:port`, of what is given.
    package static func name(user: String?, host: String, port: Int?) -> String {
        let account = user.map { "\($0)@" } ?? ""
        let address = host.contains(":") && port != nil ? "[\(host)]" : host
        return account + address + (port.map { ":\($0)" } ?? "")
    }
}
