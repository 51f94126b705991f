// Tells failures apart by their codes and reasons.

import FleetLibSSH2

func attempt(_ host: String) async throws -> String {
    try await withSSHPool { pool in
        do {
            let session = try await pool.connect(to: host)
            return try await session.run(["hostname"]).text
        } catch let error as TransportError {
            switch (error.code, error.reason) {
            case (.hostKey, .unknownHostKey?): return "unknown key"
            case (.hostKey, _): return "not the host that it should be"
            case (.authentication, _): return "none of our keys opens it"
            case (.transport, .timeout?), (.transport, .refused?), (.transport, .unreachable?): return "not there"
            case (.transport, .lost?): return "gone, and nobody knows how the command ended"
            default: return error.message
            }
        }
    }
}

print(try await attempt("nobody-there"))
