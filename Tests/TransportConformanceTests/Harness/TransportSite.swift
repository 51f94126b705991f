import FleetLibSSH2
import FleetTransport
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestServers

/// What one case works on: a directory, the cell's server, and the sessions that it opens.
final class TransportSite: Sendable {
    let cell: TransportCell
    /// A directory of the case's own here.
    let directory: String
    /// The keys.
    let keys: TestKeys
    private let shared: TestServer?
    private let loopback: LoopbackServer?
    private let sessions = Mutex<[any Session]>([])
    private let cleanups = Mutex<[@Sendable () async throws -> Void]>([])
    private let descriptors: [String]

    init(_ cell: TransportCell) async throws {
        self.cell = cell
        keys = try await TestKeys.shared.value
        shared =
            if case .container(let kind) = cell.server { try await TestServers.shared.server(kind) } else { nil }
        loopback = if case .loopback = cell.server { try await LoopbackServer.shared.value } else { nil }
        directory = try PrivateDirectory.make("t")
        try "".write(toFile: "\(directory)/config", atomically: false, encoding: .utf8)
        // The event loops, and the timer of who waits in a task, stay: they are there before descriptors are counted.
        _ = MultiThreadedEventLoopGroup.singleton.next()
        try await Task.sleep(for: .milliseconds(1))
        _ = LibSSH2.isReady
        descriptors = Self.openDescriptors()
        if let shared {
            let known = try await shared.knownHosts()
            try write("known_hosts", known)
        }
        if let loopback { try write("known_hosts", loopback.knownHosts) }
    }

    /// The cell's server.
    var server: TestServer {
        get throws {
            guard let shared else { throw Command.Failure("\(cell) has no container") }
            return shared
        }
    }

    /// A server with settings, whose keys are known from now on.
    func server(_ settings: TestServer.Settings) async throws -> TestServer {
        let server = try await TestServers.shared.server(try self.server.kind, settings)
        let known = try await server.knownHosts()
        try write("known_hosts", read("known_hosts") + known)
        return server
    }

    // MARK: - Files

    /// The path of a file of the case's.
    func file(_ name: String) -> String { "\(directory)/\(name)" }

    /// Writes one, and gives its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        chmod(file(name), 0o600)
        return file(name)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    /// What is to be undone at the end.
    func onEnd(_ cleanup: @escaping @Sendable () async throws -> Void) { cleanups.withLock { $0.append(cleanup) } }

    // MARK: - Endpoints

    /// The way to an account of the cell's server, or of another.
    func endpoint(_ user: String = "codewhale", on other: TestServer? = nil) -> SSHEndpoint {
        var endpoint = SSHEndpoint(host: "127.0.0.1")
        endpoint.port = (other ?? shared)?.port ?? loopback?.port
        endpoint.user = loopback?.user ?? user
        endpoint.identity = keys.file("ed25519")
        endpoint.knownHosts = file("known_hosts")
        endpoint.configFile = file("config")
        return endpoint
    }

    /// The client's environment: nothing of who runs the tests.
    var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": directory,
            "TMPDIR": directory,
        ]
    }

    func transport(_ endpoint: SSHEndpoint? = nil, variables: [String: String] = [:]) -> any Transport {
        cell.transport.make(
            endpoint ?? self.endpoint(),
            environment.merging(variables) { $1 },
            MultiThreadedEventLoopGroup.singleton.next()
        )
    }

    /// A session, which is closed at the end.
    func connect(_ endpoint: SSHEndpoint? = nil, variables: [String: String] = [:]) async throws -> any Session {
        let session = try await transport(endpoint, variables: variables).connect()
        keep(session)
        return session
    }

    /// Has a session closed at the end.
    func keep(_ session: any Session) { sessions.withLock { $0.append(session) } }

    /// Runs a program to its end, and gives its output, all over a session of its own.
    @discardableResult
    func run(
        _ arguments: [String],
        to endpoint: SSHEndpoint? = nil,
        variables: [String: String] = [:],
        environment: [String: String] = [:]
    ) async throws -> (output: String, end: ChannelEnd) {
        let session = try await connect(endpoint, variables: variables)
        let result = try await session.run(arguments, environment: environment)
        await session.close()
        return result
    }

    // MARK: - The end

    /// Removes everything, and says what should not have been there.
    func close() async throws -> [String] {
        // Sessions are let go of, as their directories' locks go with them.
        let sessions = self.sessions.withLock { list in
            defer { list = [] }
            return list
        }
        for session in consume sessions { await session.close() }
        for cleanup in cleanups.withLock({ $0.reversed() }) { try await cleanup() }
        var faults: [String] = []
        // ssh clients, also those of jump hosts, name a file of the case's directory.
        func clients() -> [HostProcess] { HostProcess.all().filter { $0.command.contains(directory) } }
        if !(try await eventually { clients().isEmpty }) { faults += clients().map { "process left: \($0.command)" } }
        if !(try await eventually { Self.openDescriptors().count <= descriptors.count }) {
            let left = Self.openDescriptors()
            let news = left.filter { !descriptors.contains($0) }.joined(separator: ", ")
            faults.append("descriptors left: \(descriptors.count) before, \(left.count) after: \(news)")
        }
        faults += controlFiles().map { "file left: \($0)" }
        for server in await TestServers.shared.running() { faults += try await server.leftovers() }
        try FileManager.default.removeItem(atPath: directory)
        return faults
    }

    /// Control sockets and the like, and their directories.
    func controlFiles() -> [String] {
        let place = "\(directory)/codewhale-\(geteuid())"
        return (FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String } ?? []).sorted()
    }

    /// Each with what it leads to.
    private static func openDescriptors() -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return all.map { number in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
            return "\(number) \(target ?? "")"
        }
    }
}
