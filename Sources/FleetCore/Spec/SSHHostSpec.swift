/// Another machine as a host, reached through SSH.
public struct SSHHostSpec: Sendable, Equatable {
    /// Its name or address, or a `Host` of the ssh configuration.
    public var host: String
    /// The account; nil for what the ssh configuration says.
    public var user: String?
    /// The port; nil for what the ssh configuration says.
    public var port: Int?
    /// The file of the private key; nil for what the ssh configuration says.
    public var identity: String?
    /// Where attempts run.
    public var workingDirectory: String
    /// The worker program on the host.
    public var codewhaleBinary: String
    /// Names of variables that are sent there with the manager's values.
    public var environmentAllowlist: [String] = []
    /// What carries the connection.
    public var transport = Transport.system
    /// The supervisor's path on the host; nil where it is sent there.
    public var supervisor: String?
    /// How variables travel.
    public var envVia = EnvironmentRoute.channel
    /// A file of known host keys; nil for what the ssh configuration says.
    public var knownHosts: String?
    /// The only host key that is accepted, as `SHA256:…`.
    public var hostKeyFingerprint: String?
    /// The jump hosts, as `ssh -J` takes them.
    public var proxyJump: String?
    /// How many seconds connecting may take.
    public var connectTimeoutSeconds: Double = 10
    /// Directories put before `PATH`.
    public var path: [String] = []

    /// What carries the connection.
    public enum Transport: String, Sendable, CaseIterable {
        /// The system's `ssh`.
        case system
        /// libssh2, in this process.
        case libssh2
        /// libssh2 where it can serve, else `ssh`.
        case auto
    }

    /// How variables travel to the host.
    public enum EnvironmentRoute: String, Sendable, CaseIterable {
        /// With the channel (`SendEnv`), which the host's sshd must accept.
        case channel
        /// In the request that starts an attempt.
        case request
    }

    /// A host with the defaults; nothing is checked here.
    public init(host: String, workingDirectory: String, codewhaleBinary: String) {
        self.host = host
        self.workingDirectory = workingDirectory
        self.codewhaleBinary = codewhaleBinary
    }
}
