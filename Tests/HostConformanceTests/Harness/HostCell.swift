import FleetHost
import FleetLibSSH2
import FleetTransport
import Foundation
import NIOCore
import NIOPosix
import TestServers
import TestSupport

/// One cell of the matrix: a transport, and the kind of server that it reaches.
///
/// A new transport is one more value in ``all``.
struct HostCell: Sendable, CustomStringConvertible {
    /// The transport's name.
    let transport: String
    /// The server's name.
    let server: String
    /// The lines of the contract that the cell cannot serve, with the reason.
    let gaps: [String: String]
    /// Makes what a case works on.
    let makeSite: @Sendable () async throws -> Site

    /// Why the cell cannot serve a case, by the case's whole name or its line.
    func gap(_ line: String) -> String? { gaps[line] ?? gaps[String(line.prefix { $0 != "." })] }

    var description: String { "\(transport) × \(server)" }

    /// The cells that this machine can serve.
    static let all: [HostCell] =
        [local] + (BareRoot.isAvailable ? [bare] : [])
        + (TestServers.fault == nil
            ? TestServer.Kind.allCases.flatMap { [remote("system", $0, system), remote("libssh2", $0, libssh2)] } : [])

    /// Cells that this machine cannot serve, with the reason.
    static let missing: [String] =
        (BareRoot.isAvailable ? [] : ["local × bare root: needs root, busybox and mount; nothing of it was run"])
        + (TestServers.fault.map { ["system × openssh, dropbear: no containers (\($0)); nothing of it was run"] } ?? [])

    /// The system's `ssh`.
    private static let system: @Sendable (SSHEndpoint, [String: String], any EventLoop) -> any Transport = {
        SystemSSHTransport(endpoint: $0, environment: $1, eventLoop: $2)
    }

    /// SSH in this process.
    private static let libssh2: @Sendable (SSHEndpoint, [String: String], any EventLoop) -> any Transport = {
        LibSSH2Transport(endpoint: $0, environment: $1, eventLoop: $2)
    }

    /// A transport and a kind of server in a container; a new transport is one more call.
    private static func remote(
        _ transport: String,
        _ kind: TestServer.Kind,
        _ make: @escaping @Sendable (SSHEndpoint, [String: String], any EventLoop) -> any Transport
    ) -> HostCell {
        var gaps: [String: String] = [:]
        if kind == .dropbear { gaps["H7.survivors"] = "no program there gives a process to another account" }
        return HostCell(transport: transport, server: kind.rawValue, gaps: gaps) {
            let names = "LANG LC_* CODEWHALE_* PASSED_ON NOT_PASSED SECRETIVE"
            let server = try await TestServers.shared.server(kind, .init(environment: ["ACCEPT_ENV": names]))
            return try Site(root: server.root, remote: try await RemoteAccount(on: server, transport: make))
        }
    }

    /// This machine, as it is.
    static let local = HostCell(transport: "local", server: "this machine", gaps: commonGaps) {
        try Site(root: "")
    }

    /// A root directory that holds busybox, `/proc` and the supervisor, and nothing else.
    static let bare = HostCell(
        transport: "local",
        server: "bare root",
        gaps: commonGaps.merging([
            "H2.unwritable": "no second file system in the bare root",
            "H2.full": "no second file system in the bare root",
            "H3.full": "no second file system in the bare root",
            "H6.full": "no second file system in the bare root",
            "H10.full": "no second file system in the bare root",
            "H15.full": "no second file system in the bare root",
            "H7.survivors": "one account only in the bare root",
        ]) { $1 }
    ) {
        let root = try BareRoot()
        return try Site(root: root.path, prefix: root.entry, bareRoot: root)
    }

    private static let commonGaps = [
        "H8.unreachable": "there is no connection to lose",
        "H10.workspaces": "the state directory is given, not found by the workspace",
        "H10.home": "there is one host",
        "H11": "there is no connection to lose",
        "H12.manager": "there is no client to kill",
        "H17.upload": "nothing is sent",
    ]
}

/// A root directory that holds busybox, `/proc`, the supervisor, and nothing else; not even `/dev`.
final class BareRoot: Sendable {
    let path: String

    /// Whether one can be made here.
    static let isAvailable =
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: busybox)
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")

    private static let busybox = "/bin/busybox"

    init() throws {
        path = try TemporaryDirectory.make("root")
        for directory in ["proc", "bin", "work", "state", "home"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(directory)", withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(atPath: BareRoot.busybox, toPath: "\(path)/bin/busybox")
        try FileManager.default.copyItem(atPath: BuiltProducts.supervisor, toPath: "\(path)/codewhale-supervisor")
        for applet in [
            "sh", "cat", "ls", "sleep", "head", "yes", "setsid", "printf", "env", "kill", "true", "tr", "cut",
        ] {
            try FileManager.default.createSymbolicLink(atPath: "\(path)/bin/\(applet)", withDestinationPath: "busybox")
        }
    }

    /// The way in.
    ///
    /// `/proc` is mounted where only who came this way sees it: a run of tests that is killed leaves no mount.
    var entry: [String] {
        let steps = #"mount -t proc proc "$0/proc" && exec /usr/sbin/chroot "$0" "$@""#
        return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", steps, path]
    }

    /// Makes `/dev/null`, which a shell needs to run something in the background; the supervisor does without.
    func makeNull() throws {
        try FileManager.default.createDirectory(atPath: "\(path)/dev", withIntermediateDirectories: true)
        guard mknod("\(path)/dev/null", S_IFCHR | 0o666, 0x103) == 0 else {
            throw SiteError("no /dev/null can be made")
        }
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}

struct SiteError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

enum TemporaryDirectory {
    /// A new directory, whose path has a space, as users' paths may.
    static func make(_ purpose: String) throws -> String {
        let path = "/tmp/codewhale test \(purpose) \(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        return path
    }
}
