import FleetHost
import FleetWire
import Foundation
import TestServers

/// Hosts on which one account has one home, as a network's file server gives it: a directory of this machine, mounted
/// into the container of each.
struct SharedHome {
    /// One of the hosts, with an attempt that is its own but for the key.
    struct Member {
        /// The account there.
        let account: RemoteAccount
        /// What the host tells.
        let notices: Notices
        /// Reaches it.
        let adapter: SupervisedHost
        /// The start of a program that waits for the pipe.
        let request: StartRequest
        /// What it writes.
        let output: [UInt8]
        /// What it exits with.
        let code: UInt8
        /// The pipe, as the tests see it.
        let pipe: String
    }

    /// The hosts: the second has the first's name, the third the first's machine id.
    let hosts: [Member]
    /// The attempts' key.
    let key: AttemptKey

    private static let identities: [(name: String, machine: Character)] =
        [("builder", "a"), ("builder", "b"), ("other", "a")]
    private static let directory = Result { try PrivateDirectory.make("homes") }

    /// Makes an account on hosts of a kind, reached over the same transport, and opens a channel to each.
    static func make(like remote: RemoteAccount, key: AttemptKey) async throws -> SharedHome {
        var accounts: [RemoteAccount] = []
        for place in identities.indices {
            let server = try await server(place, of: remote.server.kind)
            let account =
                if let first = accounts.first {
                    try await RemoteAccount(first, on: server)
                } else {
                    try await remote.elsewhere(server)
                }
            accounts.append(account)
        }
        let first = accounts[0]
        let work = "\(first.account.home)/work"
        try first.account.makeDirectory(work, on: first.server)
        let hosts = try accounts.enumerated()
            .map { place, account in
                let pipe = "\(first.server.root)\(work)/hold-\(place)"
                guard mkfifo(pipe, 0o600) == 0 else { throw SiteError("no pipe \(pipe)") }
                first.account.give("\(work)/hold-\(place)", on: first.server)
                let (notices, code) = (Notices(), UInt8(place + 1))
                let text = "echo host \(place); read line < hold-\(place); exit \(code)"
                return Member(
                    account: account,
                    notices: notices,
                    adapter: account.adapter(notices),
                    request: StartRequest(key: key, arguments: ["/bin/sh", "-c", text], workingDirectory: work),
                    output: Array("host \(place)\n".utf8),
                    code: code,
                    pipe: pipe
                )
            }
        return SharedHome(hosts: hosts, key: key)
    }

    /// Ends what still runs, removes the account, and says what is left.
    func remove() async throws -> [String] {
        for host in hosts {
            _ = try? await host.adapter.stop(key, grace: 100)
            await host.adapter.close()
        }
        func processes() -> [HostProcess] {
            HostProcess.all().filter { process in hosts.contains { $0.account.owns(process) } }
        }
        _ = try await eventually { processes().isEmpty }
        var left = processes().map { "process left: \($0.pid) \($0.command)" }
        for host in hosts.dropFirst() { left += try await host.account.leave() }
        return try await left + hosts[0].account.remove()
    }

    private static func server(_ place: Int, of kind: TestServer.Kind) async throws -> TestServer {
        // A directory for each kind, which makes homes in it when it starts.
        let homes = "\(try directory.get())/\(kind)"
        try FileManager.default.createDirectory(atPath: homes, withIntermediateDirectories: true)
        // The accounts' ways lead through it.
        for path in [try directory.get(), homes] { chmod(path, 0o755) }
        let (name, machine) = identities[place]
        let arguments = ["--volume", "\(homes):/home", "--hostname", name]
        let server = try await TestServers.shared.server(kind, .init(arguments: arguments, name: "home \(place)"))
        let id = String(repeating: machine, count: 32) + "\n"
        try Data(id.utf8).write(to: URL(fileURLWithPath: "\(server.root)/etc/machine-id"))
        return server
    }
}
