import FleetLibSSH2
import Foundation
import TestServers
import Testing

/// A server, as an embedder's program sees it: in a container, or of this machine's own.
struct ClientBench {
    let directory: String
    let port: Int
    let user: String
    private let keys: TestKeys

    init() async throws {
        keys = try await TestKeys.shared.value
        directory = try PrivateDirectory.make("c")
        if TestServers.fault == nil {
            let server = try await TestServers.shared.server(.openssh)
            (port, user) = (server.port, "codewhale")
            try write("known_hosts", try await server.knownHosts())
        } else {
            let server = try await LoopbackServer.shared.value
            (port, user) = (server.port, server.user)
            try write("known_hosts", server.knownHosts)
        }
        try write("empty", "")
        // What a user has in `~/.ssh/config`, brought in by a client that stands before the system's.
        try write(
            "config",
            """
            Host builder
                HostName 127.0.0.1
                Port \(port)
                User \(user)
                IdentityFile \(identity)
                UserKnownHostsFile \(directory)/known_hosts
                ConnectTimeout 60
            Host nobody-there
                HostName 127.0.0.1
                Port 1
            """
        )
        try write("ssh", "#!/bin/sh\nexec /usr/bin/ssh -F \(directory)/config \"$@\"\n")
        chmod("\(directory)/ssh", 0o700)
    }

    /// A key that the server accepts.
    var identity: String { keys.file("ed25519") }
    /// A key that nobody knows.
    var otherIdentity: String { keys.file("unknown") }

    /// The way to the server.
    var endpoint: SSHEndpoint {
        var endpoint = SSHEndpoint(host: "127.0.0.1")
        endpoint.port = port
        endpoint.user = user
        endpoint.identity = identity
        endpoint.knownHosts = "\(directory)/known_hosts"
        endpoint.configFile = "\(directory)/empty"
        // The machine may be busy with other things.
        endpoint.connectTimeout = 60
        return endpoint
    }

    /// The environment of a program that finds the configuration above.
    var environment: [String: String] {
        ["PATH": "\(directory):/usr/bin:/bin", "HOME": directory, "TMPDIR": directory]
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(directory)/\(name)", atomically: false, encoding: .utf8)
        chmod("\(directory)/\(name)", 0o600)
    }
}

/// Works with a session of a pool of its own.
func withSession(
    _ means: SSHPool.Means = .libssh2,
    _ body: (SSHSession) async throws -> Void
) async throws {
    let bench = try await ClientBench()
    let pool = SSHPool(means, environment: bench.environment)
    do {
        try await body(try await pool.connect(to: bench.endpoint))
    } catch {
        await pool.close()
        throw error
    }
    await pool.close()
}

/// Checks that commands still run.
func expectUse(of session: SSHSession) async throws {
    let result = try await session.run(["echo", "on"])
    #expect(result.text == "on\n")
}

/// The words of a shell's text.
func shell(_ text: String) -> [String] { ["/bin/sh", "-c", text] }
