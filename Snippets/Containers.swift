// Tests a program in a container, with the keys that the test made for it.

import FleetLibSSH2

/// A container of the test's, whose port 22 is published on the loopback interface.
struct Container {
    var port: Int
    var user: String
    var identity: String
    var knownHosts: String

    /// Runs a command in it, and gives its output where it passed.
    func output(of arguments: [String], in pool: SSHPool) async throws -> String? {
        var endpoint = SSHEndpoint(host: "127.0.0.1")
        endpoint.port = port
        endpoint.user = user
        endpoint.identity = identity
        endpoint.knownHosts = knownHosts
        endpoint.configFile = "/dev/null"
        let result = try await pool.connect(to: endpoint).run(arguments)
        return result.isSuccess ? result.text : nil
    }
}

// snippet.hide
let words = CommandLine.arguments
let container = Container(port: Int(words[1]) ?? 22, user: words[4], identity: words[2], knownHosts: words[3])
// snippet.show
try await withSSHPool { pool in
    let release = try await container.output(of: ["cat", "/etc/os-release"], in: pool)
    print(release?.contains("NAME=") == true ? "as expected" : "not what it should be")
}
