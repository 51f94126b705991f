/// What an `ssh` client that ended without a session said of the reason.
///
/// The client's words come from a file of its own (`-E`), so that nothing a host writes to standard error is taken for
/// them. Read from the messages of OpenSSH 8.7 to 9.9; all reading of them stands here.
package struct SSHDiagnosis: Sendable {
    /// The host in messages.
    var host: String
    /// The client's own words; ssh ends its lines with a carriage return too.
    var log: String
    /// The client's standard error: what jump clients, the host and our marks say.
    var diagnostics: String
    /// The connection's nonce, by which our marks are known.
    var nonce: String
    /// The only fingerprint that is accepted.
    var pin: String?
    /// How the client ended.
    var status: ChannelEnd.Status

    /// Whether the host had accepted us.
    var isAuthenticated: Bool { diagnostics.contains(SSHArguments.authenticatedMark(nonce)) }

    /// The key that a host showed: its name as known hosts have it, the key's type and fingerprint.
    var shownKey: (host: String, type: String, fingerprint: String)? {
        for line in diagnostics.split(whereSeparator: \.isNewline).reversed()
        where line.hasPrefix(SSHArguments.keyMark(nonce)) {
            let words = line.split(separator: " ").map { Self.harmless($0) }
            if words.count == 4, words[3] != "NONE" { return (words[1], words[2], words[3]) }
        }
        return nil
    }

    /// Whether a shared connection took no more sessions, or is gone; another connection may be opened then.
    var isSharingRefused: Bool {
        log.contains("session request failed") || log.contains("Session open refused by peer")
            || log.contains("mux_client_") || log.contains("Control socket") || log.contains("ControlSocket")
            || log.contains("UNKNOWN port") || log.contains("kex_exchange_identification")
            || log.contains("write: Broken pipe")
    }

    /// Why there is no session.
    var error: TransportError {
        hostKeyError ?? authenticationError ?? connectError ?? clientError ?? endError
    }

    /// Why there is no session within the time that was given.
    func lateError(seconds: Double) -> TransportError {
        guard isAuthenticated else {
            return transport(.timeout, "nobody answered within \(Int(seconds.rounded(.up))) s", said: nil)
        }
        return TransportError(
            .configuration,
            "\(host): the account's login shell ran no command within \(Int(seconds.rounded(.up))) s",
            reason: .restricted,
            hint: "codewhale needs a login shell that runs /bin/sh (no ForceCommand, no menu)"
        )
    }

    // MARK: - Host keys

    private var hostKeyError: TransportError? {
        let key = shownKey
        let shown = key.map { "; it showed \($0.type) \($0.fingerprint)" } ?? ""
        let whose = isOfJumpHost ? "the jump host\(key.map { " \($0.host)" } ?? "")" : "the host"
        if log.contains("marked as revoked") || log.contains("was revoked") || log.contains("revoked by file") {
            return hostKey(
                .revokedHostKey,
                "the key of \(whose) was revoked\(shown)",
                "ask who runs it for its new key"
            )
        }
        if log.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") || log.contains("has changed and you have requested")
        {
            let place = log.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Offending ") }?
                .split(separator: " ").last.map { Self.harmless($0) }
            return hostKey(
                .changedHostKey,
                "the key of \(whose) is another one than the one that is known\(shown)",
                "somebody may stand between; compare the fingerprint with the host's own, then mend "
                    + "\(place ?? "known_hosts")"
            )
        }
        guard log.contains("you have requested strict checking") || log.contains("Host key verification failed") else {
            return nil
        }
        if let pin, !isOfJumpHost {
            return hostKey(
                .pinMismatch,
                "the host's key is not the one that host_key_fingerprint names (\(pin))\(shown)",
                "compare the fingerprint with the host's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
            )
        }
        return hostKey(
            .unknownHostKey,
            "the key of \(whose) is not known\(shown)",
            "compare the fingerprint with the host's own, then add the key to known_hosts"
                + (isOfJumpHost ? "" : key.map { ", or set \"host_key_fingerprint\": \"\($0.fingerprint)\"" } ?? "")
        )
    }

    /// A jump client that refused its host ends, and then the connection through it is closed before it has begun.
    private var isOfJumpHost: Bool { log.contains("by UNKNOWN port") }

    private func hostKey(_ reason: TransportError.Reason, _ what: String, _ hint: String) -> TransportError {
        TransportError(.hostKey, "\(host): \(what)", reason: reason, hint: hint)
    }

    // MARK: - Authentication

    private static let badKeyFiles = ["error in libcrypto", "invalid format", "bad permissions"]

    private var authenticationError: TransportError? {
        if let line = line(containing: "Load key \""), Self.badKeyFiles.contains(where: line.contains),
            log.contains("Permission denied (")
        {
            return TransportError(
                .authentication,
                "\(host): a key file cannot be used",
                reason: .badKeyFile,
                hint: "ssh: \(Self.harmless(line)); name a private key's file that this account alone may read"
            )
        }
        if let line = line(containing: "Permission denied (") ?? line(containing: "Too many authentication failures") {
            let account = line.split(separator: ":").first.map { " (\(Self.harmless($0)))" } ?? ""
            return TransportError(
                .authentication,
                "\(host): the host accepts none of our keys\(account)",
                reason: .denied,
                hint:
                    "check user and identity, that the public key is in the account's authorized_keys, and that a key "
                    + "behind a passphrase is in an agent"
            )
        }
        return nil
    }

    // MARK: - Connecting

    private static let connectFailures: [(words: String, reason: TransportError.Reason, what: String)] = [
        ("Could not resolve hostname", .unresolvable, "the name has no address"),
        ("Connection refused", .refused, "nobody listens on the port"),
        ("Connection timed out", .timeout, "nobody answered in time"),
        ("Operation timed out", .timeout, "nobody answered in time"),
        ("timed out", .timeout, "nobody answered in time"),
        ("No route to host", .unreachable, "there is no way to it"),
        ("Network is unreachable", .unreachable, "there is no way to it"),
        ("banner line contains invalid characters", .notSSH, "what answers there does not speak SSH"),
        ("banner exchange: Connection to", .notSSH, "what answers there does not speak SSH"),
        ("invalid format", .notSSH, "what answers there does not speak SSH"),
        ("Protocol major versions differ", .notSSH, "what answers there speaks another SSH"),
        ("Unable to negotiate", .negotiation, "the two ends have no algorithm in common"),
    ]

    private var connectError: TransportError? {
        guard !isAuthenticated else { return nil }
        for failure in Self.connectFailures where log.contains(failure.words) {
            return transport(failure.reason, failure.what, said: line(containing: failure.words))
        }
        for words in ["Connection closed by", "Connection reset by", "kex_exchange_identification", "Broken pipe"]
        where log.contains(words) {
            return transport(.closed, "the connection was closed before a session was there", said: nil)
        }
        return nil
    }

    private func transport(_ reason: TransportError.Reason, _ what: String, said: String?) -> TransportError {
        TransportError(
            .transport,
            "\(host): \(what)",
            reason: reason,
            hint: said.map { "ssh: \(Self.harmless($0))" }
        )
    }

    // MARK: - The client, and the account

    private var clientError: TransportError? {
        for words in ["Bad configuration option", "terminating,", "Unsupported option", "Bad owner or permissions"] {
            guard let line = line(containing: words) ?? diagnosticLine(containing: words) else { continue }
            return TransportError(
                .configuration,
                "\(host): the ssh client cannot work with its configuration",
                reason: .client,
                hint: Self.harmless(line)
            )
        }
        return nil
    }

    private var endError: TransportError {
        if log.contains("session request failed") || log.contains("open failed") || log.contains("refused by peer") {
            return transport(.sessionRefused, "the host takes no more sessions", said: nil)
        }
        if isAuthenticated, status != .code(255) || log.isEmpty {
            return TransportError(
                .configuration,
                "\(host): the account may not run commands, or its login shell failed",
                reason: .restricted,
                hint: "codewhale needs a login shell that runs /bin/sh (no nologin, rbash or ForceCommand)"
                    + (said.map { "; the host said: \($0)" } ?? "")
            )
        }
        let words = log.split(whereSeparator: \.isNewline).last.map { Self.harmless($0) }
        return transport(isAuthenticated ? .lost : .closed, "the connection was lost", said: words)
    }

    /// What the host itself said, cut.
    private var said: String? {
        let lines = diagnostics.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("codewhale-") }
        return lines.last.map { Self.harmless($0) }
    }

    private func line(containing words: String) -> String? {
        log.split(whereSeparator: \.isNewline).first { $0.contains(words) }.map(String.init)
    }

    private func diagnosticLine(containing words: String) -> String? {
        diagnostics.split(whereSeparator: \.isNewline).first { $0.contains(words) }.map(String.init)
    }

    /// Text that may stand in a message: printable, and at most 200 characters of it.
    package static func harmless(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(200) {
            result.unicodeScalars.append(scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) ? " " : scalar)
        }
        return result
    }
}
