/// A worker: slots on a host.
public struct WorkerSpec: Sendable, Equatable {
    /// Names it in the workspace.
    public var id: WorkerID
    /// What people call it; the id where the spec gives none.
    public var name: String
    /// Where it works.
    public var host: HostSpec
    /// Marks to find it by.
    public var labels: [String: String]
    /// What tasks may require of it.
    public var capabilities: Set<String>
    /// How many attempts it runs at once.
    public var maxConcurrentTasks: Int
    /// The worker program's argument list, with `{instructions}` in it; nil for the host's own.
    public var exec: [String]?

    /// A worker of its parts; nothing is checked here.
    public init(
        id: WorkerID,
        name: String? = nil,
        host: HostSpec,
        labels: [String: String] = [:],
        capabilities: Set<String> = [],
        maxConcurrentTasks: Int = 1,
        exec: [String]? = nil
    ) {
        self.id = id
        self.name = name ?? id.rawValue
        self.host = host
        self.labels = labels
        self.capabilities = capabilities
        self.maxConcurrentTasks = maxConcurrentTasks
        self.exec = exec
    }
}

/// Where a worker works.
public enum HostSpec: Sendable, Equatable {
    /// On this machine.
    case local(LocalHostSpec)
    /// On another one, through SSH.
    case ssh(SSHHostSpec)
}

/// This machine as a host.
public struct LocalHostSpec: Sendable, Equatable {
    /// Where attempts run; nil for the workspace.
    public var workingDirectory: String?
    /// Directories put before `PATH`.
    public var path: [String]
    /// Names of variables that attempts see as the manager has them.
    public var environmentAllowlist: [String]
    /// The worker program; nil for the configured one.
    public var codewhaleBinary: String?

    /// A host of its parts; nothing is checked here.
    public init(
        workingDirectory: String? = nil,
        path: [String] = [],
        environmentAllowlist: [String] = [],
        codewhaleBinary: String? = nil
    ) {
        self.workingDirectory = workingDirectory
        self.path = path
        self.environmentAllowlist = environmentAllowlist
        self.codewhaleBinary = codewhaleBinary
    }
}

extension WorkerSpec {
    /// The worker with another transport, where its host has one and there is another.
    package func carried(by transport: SSHHostSpec.Transport?) -> WorkerSpec {
        guard let transport, case .ssh(var host) = host else { return self }
        host.transport = transport
        var worker = self
        worker.host = .ssh(host)
        return worker
    }
}
