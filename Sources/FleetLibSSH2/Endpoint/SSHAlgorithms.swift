import FleetTransport

/// The algorithms that a connection may use, each list with the best first.
struct SSHAlgorithms: Sendable, Hashable {
    /// How keys are agreed on.
    var keyExchanges: [String]
    /// The algorithms of host keys.
    var hostKeys: [String]
    /// The ciphers.
    var ciphers: [String]
    /// The message authentication codes.
    var codes: [String]

    /// All that are safe to use in the library.
    ///
    /// Neither SHA-1 nor a group that the host makes up: one of 8,192 bits holds up the event loop. Neither chacha20, GCM
    /// nor encrypt-then-MAC: versions up to 1.11.1 write beyond a buffer there before anybody has authenticated
    /// (CVE-2026-55200).
    static let all = SSHAlgorithms(
        keyExchanges: [
            "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
            "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256",
        ],
        hostKeys: [
            "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        ] + (LibSSH2.isModern ? ["rsa-sha2-512", "rsa-sha2-256"] : []),
        ciphers: ["aes256-ctr", "aes192-ctr", "aes128-ctr"],
        codes: ["hmac-sha2-256", "hmac-sha2-512"]
    )

    /// The ssh configuration allows none that is safe here.
    struct Missing: Error {
        /// The keyword that allows too little.
        let keyword: String
    }

    /// Those of ``all`` that the ssh configuration allows.
    ///
    /// - Throws: ``Missing``.
    static func allowed(by configuration: SSHConfiguration) throws(Missing) -> SSHAlgorithms {
        func part(_ list: [String], _ keyword: String) throws(Missing) -> [String] {
            guard let value = configuration[keyword.lowercased()] else { return list }
            let allowed = Set(value.split(separator: ",").map(String.init))
            let part = list.filter(allowed.contains)
            guard !part.isEmpty else { throw Missing(keyword: keyword) }
            return part
        }
        return SSHAlgorithms(
            keyExchanges: try part(all.keyExchanges, "KexAlgorithms"),
            hostKeys: try part(all.hostKeys, "HostKeyAlgorithms"),
            ciphers: try part(all.ciphers, "Ciphers"),
            codes: try part(all.codes, "MACs")
        )
    }
}
