// Accepts the host keys of a file, or one key and no other.

import FleetLibSSH2

// snippet.hide
let (port, identity, knownHosts) = (Int(CommandLine.arguments[1]), CommandLine.arguments[2], CommandLine.arguments[3])
// snippet.show
var endpoint = SSHEndpoint(host: "127.0.0.1")
endpoint.port = port
endpoint.identity = identity
endpoint.knownHosts = knownHosts
// snippet.hide
endpoint.user = CommandLine.arguments[4]
// snippet.show

var pinned = endpoint
pinned.hostKeyFingerprint = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// snippet.hide
let (known, other) = (endpoint, pinned)
// snippet.show
try await withSSHPool { pool in
    let session = try await pool.connect(to: known)
    print(try await session.run(["echo", "known"]).text)

    do {
        _ = try await pool.connect(to: other)
    } catch let error as TransportError where error.code == .hostKey {
        print(error.reason == .pinMismatch ? "another key" : "\(error)")
    }
}
