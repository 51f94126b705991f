import FleetTransport

/// What became of the first contact: reachable, host key, authentication, login shell.
enum ContactCheck {
    /// More noise than this is worth a warning, in bytes.
    static let noiseLimit = 4_096

    /// What a session that is there shows.
    static func reached(seconds: Double, noise: Int, diagnostics: Int, shell: String?) -> [Finding] {
        let name = shell.flatMap { $0.split(separator: "/").last }.map(String.init) ?? "the login shell"
        var findings: [Finding] = [
            .ok(.reachable, "connected in \(Wording.fixed(seconds, digits: 2)) s"),
            .ok(.hostKey, "known"),
            .ok(.authentication, "accepted"),
        ]
        let printed = [
            noise > 0 ? "\(Wording.bytes(Int64(noise))) on standard output" : nil,
            diagnostics > 0 ? "\(Wording.bytes(Int64(diagnostics))) on standard error" : nil,
        ]
        .compactMap(\.self)
        if printed.isEmpty {
            findings.append(.ok(.shell, "\(name) runs commands"))
        } else if noise + diagnostics <= noiseLimit {
            findings.append(
                .ok(.shell, "\(name) runs commands; it prints \(printed.joined(separator: " and ")) first, passed over")
            )
        } else {
            findings.append(
                .warning(
                    .shell,
                    "\(name) prints \(printed.joined(separator: " and ")) before every command",
                    remedy: "let the account's start-up files print only where there is a terminal: [ -t 1 ]"
                )
            )
        }
        return findings
    }

    /// What a failure to reach a host means.
    ///
    /// - Parameters:
    ///   - error: the failure.
    ///   - hasJumps: whether jump hosts stand between, so that it may be one of them that failed.
    /// - Returns: what worked before it, and the error.
    static func failed(_ error: TransportError, hasJumps: Bool) -> [Finding] {
        let isThere: [Finding] = hasJumps ? [] : [.ok(.reachable, "it answers")]
        switch error.code {
        case .hostKey: return isThere + [.error(.hostKey, error.message, remedy: error.hint)]
        case .authentication where error.reason == .badKeyFile || error.reason == .encryptedKey:
            return [.error(.identity, error.message, remedy: error.hint)]
        case .authentication:
            // Where a jump host may have refused us, the host has not shown its key.
            let isKnown: [Finding] = hasJumps ? [] : [.ok(.hostKey, "known")]
            return isThere + isKnown + [.error(.authentication, error.message, remedy: error.hint)]
        case .configuration where error.reason == .restricted:
            return [
                .ok(.reachable, "it answers"), .ok(.hostKey, "known"), .ok(.authentication, "accepted"),
                .error(.shell, error.message, remedy: error.hint),
            ]
        case .transport where error.reason == .sessionRefused:
            return isThere + [
                .error(.sessions, error.message, remedy: "raise MaxSessions in the host's sshd_config")
            ]
        case .transport:
            let remedy = [advice[error.reason ?? .lost], error.hint].compactMap(\.self).joined(separator: "; ")
            return [.error(.reachable, error.message, remedy: remedy.isEmpty ? nil : remedy)]
        default: return [.error(.configuration, error.message, remedy: error.hint)]
        }
    }

    private static let advice: [TransportError.Reason: String] = [
        .refused: "start sshd on the host, or name its port in \"port\"",
        .timeout: "see that the host is up, and that no firewall drops the connection",
        .unresolvable: "check \"host\", or give it a HostName in the ssh configuration",
        .unreachable: "see to the network between here and the host",
        .closed: "look into sshd's log on the host (MaxStartups, DenyUsers, AllowUsers)",
        .notSSH: "name the port of the host's sshd in \"port\"",
        .negotiation: "update the older of the two, or allow an algorithm of it in the ssh configuration",
    ]
}
