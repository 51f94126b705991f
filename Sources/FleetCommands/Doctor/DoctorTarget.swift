import FleetCore
import FleetTransport

/// One host to look at, with all that its workers need there.
struct DoctorTarget: Sendable, Equatable {
    /// A program that workers run.
    struct Program: Sendable, Hashable {
        /// Its path, or a name that is looked for on `PATH`.
        var name: String
        /// Directories put before `PATH`.
        var path: [String]
        /// Whether tasks need it.
        var isNeeded: Bool
    }

    /// How it is reached; nil for this machine.
    var ssh: SSHHostSpec?
    /// Who works there.
    var workers: [WorkerID] = []
    /// The names of all their allowlists.
    var variables: [String] = []
    /// Where they work.
    var directories: [String] = []
    /// What they run.
    var programs: [Program] = []

    /// The host in messages.
    var name: String { ssh.map { SSHEndpoint($0).name } ?? "local" }

    /// The address to which connections go first; nil for this machine.
    ///
    /// It is the first jump host's where there is one. Several accounts and hosts may share it, and it takes so many
    /// connections at once.
    var address: String? {
        guard let ssh else { return nil }
        if let jump = ssh.proxyJump.flatMap({ JumpHost.list($0) })?.first { return "\(jump.host) \(jump.port ?? 22)" }
        return "\(ssh.host) \(ssh.port ?? 22)"
    }

    /// Whether the supervisor is sent there.
    var needsPayload: Bool { ssh.map { $0.supervisor == nil } ?? false }

    /// What carries the connection.
    var transport: String {
        ssh?.transport.rawValue ?? "local"
    }
}

extension DoctorTarget {
    /// What a worker needs of its host.
    ///
    /// - Parameters:
    ///   - worker: the worker.
    ///   - spec: the run whose tasks it is for; nil where there is none.
    ///   - root: where a local worker works that names no directory.
    init(_ worker: WorkerSpec, for spec: RunSpec?, root: String) {
        if case .ssh(let host) = worker.host { ssh = host.contact }
        workers = [worker.id]
        let exec = worker.exec ?? spec?.exec
        let hasInstructions = spec?.tasks.contains { if case .instructions = $0.work { true } else { false } } ?? false
        let (directory, path, binary): (String, [String], String?) =
            switch worker.host {
            case .local(let host): (host.workingDirectory ?? root, host.path, host.codewhaleBinary)
            case .ssh(let host): (host.workingDirectory, host.path, host.codewhaleBinary)
            }
        directories = [directory]
        variables =
            switch worker.host {
            case .local(let host): host.environmentAllowlist
            case .ssh(let host): host.environmentAllowlist
            }
        if let program = exec?.first, !program.contains("{instructions}") {
            add(program, in: directory, path: path, isNeeded: hasInstructions)
        }
        if let binary { add(binary, in: directory, path: path, isNeeded: hasInstructions && exec == nil) }
    }

    /// Takes over what other workers on the same host need.
    mutating func merge(_ other: DoctorTarget) {
        workers += other.workers.filter { !workers.contains($0) }
        variables += other.variables.filter { !variables.contains($0) }
        directories += other.directories.filter { !directories.contains($0) }
        for program in other.programs { add(program) }
    }

    private mutating func add(_ program: String, in directory: String, path: [String], isNeeded: Bool) {
        let isComplete = program.hasPrefix("/") || program.hasPrefix("~/") || !program.contains("/")
        let name = isComplete ? program : "\(directory)/\(program)"
        add(Program(name: name, path: name.contains("/") ? [] : path, isNeeded: isNeeded))
    }

    private mutating func add(_ program: Program) {
        if let place = programs.firstIndex(where: { $0.name == program.name && $0.path == program.path }) {
            programs[place].isNeeded = programs[place].isNeeded || program.isNeeded
        } else {
            programs.append(program)
        }
    }
}

extension SSHHostSpec {
    /// What tells one connection from another: all but what belongs to the worker.
    fileprivate var contact: SSHHostSpec {
        var host = self
        (host.workingDirectory, host.codewhaleBinary) = ("", "")
        (host.environmentAllowlist, host.path) = ([], [])
        return host
    }
}
