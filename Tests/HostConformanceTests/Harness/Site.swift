import FleetHost
import FleetTransport
import FleetWire
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestServers
import TestSupport

/// What one case works on: a state directory, a working directory, and the adapters that it opens.
///
/// Paths are those of the host; ``outside(_:)`` says where the tests find them.
final class Site: Sendable {
    /// The host's root directory, as the tests see it; empty for this machine's.
    let root: String
    /// Put before the supervisor's command line.
    private let prefix: [String]
    private let bareRoot: BareRoot?
    /// The account of a server that the case has; nil where the host is this machine.
    let remote: RemoteAccount?
    private let base: String
    /// The run whose attempts the case starts.
    let run = "run-\(UUID().uuidString.prefix(8).lowercased())"
    private let hosts = Mutex<[SupervisedHost]>([])
    private let keys = Mutex<Set<AttemptKey>>([])
    private let cleanups = Mutex<[@Sendable () async throws -> Void]>([])

    init(root: String, prefix: [String] = [], bareRoot: BareRoot? = nil, remote: RemoteAccount? = nil) throws {
        self.root = root
        self.prefix = prefix
        self.bareRoot = bareRoot
        self.remote = remote
        base = try remote?.account.home ?? (root.isEmpty ? TemporaryDirectory.make("site") : "")
        for directory in [state, work, home] { try makeDirectory(directory) }
    }

    /// The account on another machine; a case that needs one is a declared gap of the cells without.
    ///
    /// - Throws: ``SiteError`` where the host is this machine.
    func otherMachine() throws -> RemoteAccount {
        guard let remote else { throw SiteError("the host is this machine") }
        return remote
    }

    /// Where the supervisor keeps its state.
    var state: String { remote?.state ?? base + "/state" }
    /// Where programs run.
    var work: String { base + "/work" }
    /// The account's home.
    var home: String { remote?.account.home ?? base + "/home" }

    /// Where the tests find a path of the host.
    func outside(_ path: String) -> String { root + path }

    /// A path in the working directory, as the tests see it.
    func workFile(_ name: String) -> String { outside("\(work)/\(name)") }

    /// For cases whose shells run something in the background.
    func allowBackground() throws { try bareRoot?.makeNull() }

    /// What is to be undone at the end.
    func onEnd(_ cleanup: @escaping @Sendable () async throws -> Void) { cleanups.withLock { $0.append(cleanup) } }

    /// Opens a control channel of its own.
    func open(
        _ notices: Notices = Notices(),
        variables: [String: String] = [:],
        state: String? = nil,
        command: [String]? = nil
    ) -> SupervisedHost {
        if let remote {
            let host = remote.adapter(notices, variables: variables, state: state, command: command)
            hosts.withLock { $0.append(host) }
            return host
        }
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8", "USER": "tester"]
        environment.merge(variables) { $1 }
        let supervisor = root.isEmpty ? BuiltProducts.supervisor : "/codewhale-supervisor"
        let arguments = command ?? prefix + [supervisor]
        let host = SupervisedHost(
            configuration: .init(
                name: "site",
                launch: .command(arguments + ["attach", "--state", state ?? self.state]),
                environment: environment,
                verifiedNames: variables.keys.sorted()
            ),
            transport: LocalTransport(eventLoop: MultiThreadedEventLoopGroup.singleton.next()),
            onNotice: { notices.take($0) }
        )
        hosts.withLock { $0.append(host) }
        return host
    }

    /// A key of the site's run.
    func key(_ task: String = "task", attempt: UInt32 = 1) -> AttemptKey {
        let key = AttemptKey(run: run, task: task, attempt: attempt, nonce: Nonce.make())
        keys.withLock { _ = $0.insert(key) }
        return key
    }

    /// The start of a program in the working directory.
    func start(_ arguments: [String], as key: AttemptKey? = nil) -> StartRequest {
        StartRequest(key: key ?? self.key(), arguments: arguments, workingDirectory: work)
    }

    /// The start of a shell's text.
    func shell(_ text: String, as key: AttemptKey? = nil) -> StartRequest { start(["/bin/sh", "-c", text], as: key) }

    /// All that is kept of an attempt's log.
    func log(of key: AttemptKey, on host: SupervisedHost) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        var offset: UInt64 = 0
        while true {
            let chunk = try await host.log(of: key, offset: offset, limit: 1 << 20)
            bytes += chunk.bytes
            offset = chunk.gapEnd > 0 ? chunk.gapEnd : chunk.offset + UInt64(chunk.bytes.count)
            if chunk.isFinal || (chunk.bytes.isEmpty && chunk.gapEnd == 0) { return bytes }
        }
    }

    /// Runs a program to its end, and gives its report and log.
    func finish(
        _ request: StartRequest,
        variables: [String: String] = [:]
    ) async throws -> (report: AttemptReport, log: [UInt8]) {
        let notices = Notices()
        let host = open(notices, variables: variables)
        _ = try await host.start(request)
        let report = try await notices.wait(for: request.key).report
        return (report, try await log(of: request.key, on: host))
    }

    // MARK: - The end

    /// Removes everything, and says what should not have been there (H18).
    func close() async throws -> [String] {
        var faults: [String] = []
        let cleaner = open()
        // What the host knows of is ended and removed by the contract's own means.
        if let reports = try? await cleaner.status(of: []) {
            for report in reports where report.state == .running || report.state == .unsupervised {
                _ = try? await cleaner.stop(report.key, grace: 100)
            }
            try? await cleaner.cleanup(reports.map(\.key))
        }
        let adapters = hosts.withLock { list in
            defer { list = [] }
            return list
        }
        for host in adapters { await host.close() }
        faults += leftFiles()
        for cleanup in cleanups.withLock({ $0.reversed() }) { try await cleanup() }
        if remote != nil { _ = try await eventually { leftProcesses().isEmpty } }
        faults += leftProcesses()
        if let remote {
            faults += try await remote.remove()
        } else if let bareRoot {
            try bareRoot.remove()
        } else {
            try FileManager.default.removeItem(atPath: base)
        }
        return faults
    }

    /// Files of ours but for marks, which stay, and the empty directories of logs and artifacts.
    private func leftFiles() -> [String] {
        let top = outside(state)
        let names = FileManager.default.enumerator(atPath: top)?.compactMap { $0 as? String } ?? []
        return
            names.filter { name in
                let parts = name.split(separator: "/")
                return !(parts.count == 1 || (parts.count == 2 && ["marks", "logs", "artifacts"].contains(parts[1])))
            }
            .map { "file left: \($0)" }
    }

    /// Processes with a key of ours, or with our directories: a state directory of ours, our root, or our account.
    private func leftProcesses() -> [String] {
        HostProcess.all()
            .filter { process in
                if process.variables.contains(where: { $0.hasPrefix("CODEWHALE_ATTEMPT_KEY=\(run)/") }) { return true }
                if let remote { return remote.owns(process) }
                return root.isEmpty ? process.command.contains("attach --state \(base)/") : process.root == root
            }
            .map { "process left: \($0.pid) \($0.command)" }
    }
}
