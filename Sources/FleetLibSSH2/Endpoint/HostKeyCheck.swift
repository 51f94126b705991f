import FleetTransport

/// The algorithms of host keys that a host is asked for.
struct HostKeyOffer: Sendable {
    /// The best first.
    let algorithms: [String]

    /// The kinds of keys that the end of a way may show, each with all its algorithms.
    static func families(of route: NativeRoute) -> [[String]] {
        let allowed = route.hops.last?.algorithms.hostKeys ?? []
        return families.map { $0.filter(allowed.contains) }.filter { !$0.isEmpty }
    }

    private static let families = [
        ["ssh-ed25519"], ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
        ["rsa-sha2-512", "rsa-sha2-256"],
    ]

    /// - Throws: ``TransportError`` of reason `unsupported` where the host is known by keys alone that the library cannot
    ///   check.
    init(_ hop: NativeRoute.Hop, known: KnownHost, families: [String]?) throws {
        let types = known.keyTypes
        if hop.pin == nil, !types.isEmpty, types.allSatisfy({ $0 == "ssh-rsa" }), !LibSSH2.isModern {
            throw TransportError(
                .configuration,
                "\(hop.name): the host is known by an RSA key alone, which libssh2 \(LibSSH2.version) cannot check",
                reason: .unsupported,
                hint: "add the host's ed25519 key to known_hosts, use libssh2 1.11, or \"transport\": \"system\""
            )
        }
        algorithms = (families ?? known.algorithms(hop.algorithms.hostKeys)).filter(hop.algorithms.hostKeys.contains)
    }
}

/// Whether a host is who it should be.
struct HostKeyCheck: Sendable {
    let hop: NativeRoute.Hop
    /// The endpoint in messages.
    let endpoint: String
    let known: KnownHost

    /// - Throws: ``TransportError`` of code `host_key` where it is not.
    func check(_ key: [UInt8]) throws {
        let refusal = HostKeyRefusal(host: endpoint, jumpHost: hop.jumpName, key: key)
        if let pin = hop.pin {
            guard HostKeyFingerprint(of: key).isPinned(by: pin) else { throw refusal.pinMismatch(pin) }
            return
        }
        if let error = refusal.error(known.verdict(of: key), findings: known.findings) { throw error }
    }
}
