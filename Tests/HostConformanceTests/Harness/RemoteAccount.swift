import FleetCore
import FleetHost
import FleetTransport
import FleetWire
import Foundation
import NIOCore
import NIOPosix
import TestServers
import TestSupport

/// An account of a server that one case has to itself, and the adapters that reach it.
final class RemoteAccount: Sendable {
    let server: TestServer
    let account: TestAccount
    /// The workspace whose attempts the case starts.
    let workspace: String
    /// A directory of the case's here.
    let directory: String
    /// Where the supervisor is, or would be.
    let supervisor: String
    /// The transport under test, of an endpoint.
    private let transport: @Sendable (SSHEndpoint, [String: String], any EventLoop) -> any Transport

    /// The supervisors that are sent; digested once.
    static let payloads = SupervisorPayloads(supervisor: BuiltProducts.supervisor)
    private static let kept = "/codewhale-supervisor"

    /// Makes the account, with the supervisor in its place.
    ///
    /// - Parameters:
    ///   - server: where.
    ///   - transport: the transport under test, of an endpoint.
    /// - Throws: what keeps it from being made.
    init(
        on server: TestServer,
        transport: @escaping @Sendable (SSHEndpoint, [String: String], any EventLoop) -> any Transport
    ) async throws {
        self.server = server
        self.transport = transport
        workspace = "ws-\(UUID().uuidString.prefix(8).lowercased())"
        account = try TestAccount.make(on: server)
        directory = try await RemoteAccount.clientDirectory(of: server)
        guard
            let payload = try RemoteAccount.payloads.all()
                .first(where: {
                    $0.platform == SupervisorPayloads.ownPlatform
                })
        else { throw SiteError("no supervisor was built") }
        let place = "\(account.home)/.cache/codewhale"
        supervisor = "\(place)/supervisor-\(payload.digest)"
        for path in ["\(account.home)/.cache", place] { try account.makeDirectory(path, on: server) }
        let kept = server.root + RemoteAccount.kept
        if !FileManager.default.fileExists(atPath: kept) {
            try FileManager.default.copyItem(atPath: payload.path, toPath: kept)
        }
        // A home that is mounted lies on a file system of its own.
        if link(kept, server.root + supervisor) != 0 {
            try FileManager.default.copyItem(atPath: kept, toPath: server.root + supervisor)
        }
    }

    /// The account and workspace of another host, on a host whose homes are the same.
    init(_ other: RemoteAccount, on server: TestServer) async throws {
        self.server = server
        (transport, workspace, account, supervisor) =
            (other.transport, other.workspace, other.account, other.supervisor)
        try account.join(server)
        directory = try await RemoteAccount.clientDirectory(of: server)
    }

    /// A new account on another server, reached over the same transport.
    func elsewhere(_ server: TestServer) async throws -> RemoteAccount {
        try await RemoteAccount(on: server, transport: transport)
    }

    /// A directory with what a client has to know of a server.
    private static func clientDirectory(of server: TestServer) async throws -> String {
        let directory = try PrivateDirectory.make("h")
        let known = try await server.knownHosts()
        try known.write(toFile: "\(directory)/known_hosts", atomically: false, encoding: .utf8)
        try "".write(toFile: "\(directory)/config", atomically: false, encoding: .utf8)
        return directory
    }

    /// Where the supervisor keeps the workspace's state: apart from other hosts' that share the home.
    var state: String { "\(account.home)/.local/state/codewhale/\(workspace)/\(hostName)" }

    private var hostName: String {
        let name = String(server.id.prefix(12))
        var digest = SHA256()
        digest.update(name.utf8)
        digest.update([0])
        digest.update(FileManager.default.contents(atPath: server.root + "/etc/machine-id") ?? Data())
        return "host-\(name)-\(digest.hexDigest().prefix(8))"
    }

    /// The host as a spec has it.
    var spec: SSHHostSpec {
        var spec = SSHHostSpec(
            host: "127.0.0.1",
            workingDirectory: "\(account.home)/work",
            codewhaleBinary: "codewhale"
        )
        spec.port = server.port
        spec.user = account.name
        spec.identity = server.keys.file("ed25519")
        spec.knownHosts = "\(directory)/known_hosts"
        // Busybox's server takes no variables with the channel.
        if server.kind == .dropbear { spec.envVia = .request }
        return spec
    }

    /// An endpoint that notices within seconds that it was lost.
    var endpoint: SSHEndpoint {
        var endpoint = SSHEndpoint(spec)
        endpoint.configFile = "\(directory)/config"
        (endpoint.keepaliveInterval, endpoint.keepaliveCount) = (1, 2)
        return endpoint
    }

    /// An adapter; over the supervisor itself where a state directory or a command is given.
    func adapter(
        _ notices: Notices,
        variables: [String: String] = [:],
        state: String? = nil,
        command: [String]? = nil,
        workspace: String? = nil,
        payloads: SupervisorPayloads? = nil
    ) -> SupervisedHost {
        let environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": directory,
            "TMPDIR": directory,
        ]
        let made = transport(endpoint, environment, MultiThreadedEventLoopGroup.singleton.next())
        let isDirect = state != nil || command != nil
        let launch: SupervisorLaunch =
            isDirect
            ? .command((command ?? [supervisor]) + ["attach", "--state", state ?? self.state])
            : .delivered(workspace: workspace ?? self.workspace, payloads: payloads ?? RemoteAccount.payloads)
        let isRequest = spec.envVia == .request
        var configuration = SupervisedHost.Configuration(
            name: "site",
            launch: launch,
            environment: isRequest ? [:] : variables,
            verifiedNames: variables.keys.sorted()
        )
        configuration.greetedVariables = isRequest ? variables : [:]
        return SupervisedHost(configuration: configuration, transport: made) { notices.take($0) }
    }

    /// Whether a process is the account's, or a client of ours.
    func owns(_ process: HostProcess) -> Bool {
        process.user == account.number || process.command.contains(directory)
    }

    /// Takes the account off a host that is not the only one with its home, and says what is left of it here.
    func leave() async throws -> [String] {
        try account.leave(server)
        try FileManager.default.removeItem(atPath: directory)
        _ = try await eventually { server.strangers().isEmpty }
        return server.strangers().map { "process left in the \(server.kind) container: \($0.innerPid) \($0.command)" }
    }

    /// Removes the account, and says what is left on the server.
    func remove() async throws -> [String] {
        try account.remove(from: server)
        try FileManager.default.removeItem(atPath: directory)
        return try await server.leftovers()
    }
}
