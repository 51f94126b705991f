import Foundation

/// An `sshd` of this account's own on the loopback interface, for machines where no container can be had.
package struct LoopbackServer: Sendable {
    /// Where it listens on 127.0.0.1.
    package let port: Int
    /// The only account that it lets in: this one.
    package let user: String
    /// Its line of `known_hosts`.
    package let knownHosts: String

    /// The server of this run.
    package static let shared = Task { try await start() }

    private static func start() async throws -> LoopbackServer {
        let keys = try await TestKeys.shared.value
        let directory = try PrivateDirectory.make("sshd")
        try await Command.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "\(directory)/host"])
        try keys.authorized.write(toFile: "\(directory)/authorized_keys", atomically: false, encoding: .utf8)
        // The first of some ports that is free; sshd ends at once where it is not.
        for port in (0..<20).map({ _ in Int.random(in: 20_000...29_999) }) {
            let settings = """
                Port \(port)
                ListenAddress 127.0.0.1
                HostKey \(directory)/host
                AuthorizedKeysFile \(directory)/authorized_keys
                PidFile \(directory)/pid
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                PermitRootLogin prohibit-password
                AcceptEnv LANG LC_* CODEWHALE_*
                """
            try settings.write(toFile: "\(directory)/config", atomically: false, encoding: .utf8)
            let output = try await Command.run(
                ["/usr/sbin/sshd", "-f", "\(directory)/config", "-E", "\(directory)/log"],
                mayFail: true
            )
            guard output.code == 0 else { continue }
            func pid() -> String? {
                try? String(contentsOfFile: "\(directory)/pid", encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }
            guard try await eventually({ pid() != nil }), let pid = pid() else { continue }
            Reaper.shared.note("process", pid)
            let key = try String(contentsOfFile: "\(directory)/host.pub", encoding: .utf8)
            return LoopbackServer(port: port, user: NSUserName(), knownHosts: "[127.0.0.1]:\(port) \(key)")
        }
        throw Command.Failure("no sshd can be started on the loopback interface; see \(directory)/log")
    }
}
