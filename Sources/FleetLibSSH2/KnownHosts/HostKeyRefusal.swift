package import FleetTransport

/// Why a host's key was refused, in the words that the transport over the system's `ssh` has for it too.
package struct HostKeyRefusal: Sendable {
    /// The host in messages.
    private let host: String
    /// Whose key it is: of the host itself, or of a jump host on the way to it.
    private let owner: String
    private let isOfJumpHost: Bool
    private let fingerprint: HostKeyFingerprint
    private let shown: String

    /// The refusal of a key.
    ///
    /// - Parameters:
    ///   - host: the host in messages.
    ///   - jumpHost: the jump host that showed the key, as known hosts have it; nil for the host itself.
    ///   - key: the key, as it travelled.
    package init(host: String, jumpHost: String? = nil, key: [UInt8]) {
        self.host = host
        owner = jumpHost.map { "the jump host \($0)" } ?? "the host"
        isOfJumpHost = jumpHost != nil
        fingerprint = HostKeyFingerprint(of: key)
        shown = "; it showed \(HostKey.typeName(of: key) ?? "a key of no type") \(fingerprint)"
    }

    /// The error of a verdict, with the lines that name the host and count for nothing; nil where the key is known.
    package func error(_ verdict: KnownHost.Verdict, findings: [KnownHosts.Finding] = []) -> TransportError? {
        switch verdict {
        case .known:
            return nil
        case .unknown(let authority):
            return unknown(authority, findings)
        case .changed(let place, _):
            return error(
                .changedHostKey,
                "the key of \(owner) is another one than the one that is known\(shown)",
                "somebody may stand between; compare the fingerprint with the host's own, then mend \(place)"
            )
        case .revoked:
            return error(
                .revokedHostKey,
                "the key of \(owner) was revoked\(shown)",
                "ask who runs it for its new key"
            )
        }
    }

    /// The error of a key that is not the pinned one.
    package func pinMismatch(_ pin: String) -> TransportError {
        error(
            .pinMismatch,
            "the host's key is not the one that host_key_fingerprint names (\(pin))\(shown)",
            "compare the fingerprint with the host's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
        )
    }

    private func unknown(_ authority: KnownHosts.Place?, _ findings: [KnownHosts.Finding]) -> TransportError {
        var hint = "compare the fingerprint with the host's own, then add the key to known_hosts"
        if !isOfJumpHost { hint += ", or set \"host_key_fingerprint\": \"\(fingerprint)\"" }
        if let authority {
            hint =
                "\(authority) knows it by an authority alone, and certificates of hosts are checked with "
                + "\"transport\": \"system\" alone; or \(hint)"
        }
        // One is enough to lead there.
        if let finding = findings.first { hint += "; this counts for nothing: \(finding)" }
        return error(.unknownHostKey, "the key of \(owner) is not known\(shown)", hint)
    }

    private func error(_ reason: TransportError.Reason, _ what: String, _ hint: String) -> TransportError {
        TransportError(.hostKey, "\(host): \(what)", reason: reason, hint: hint)
    }
}
