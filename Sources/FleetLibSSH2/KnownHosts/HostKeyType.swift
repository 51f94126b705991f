/// The types of host keys that known hosts may hold, in the order in which OpenSSH prefers them.
///
/// The order is that of `HostKeyAlgorithms` in `ssh_config(5)`; `ssh-dss`, which OpenSSH no longer asks for, is last.
package enum HostKeyType: String, Sendable, CaseIterable {
    /// Ed25519 (RFC 8709).
    case ed25519 = "ssh-ed25519"
    /// ECDSA over NIST P-256 (RFC 5656).
    case ecdsa256 = "ecdsa-sha2-nistp256"
    /// ECDSA over NIST P-384 (RFC 5656).
    case ecdsa384 = "ecdsa-sha2-nistp384"
    /// ECDSA over NIST P-521 (RFC 5656).
    case ecdsa521 = "ecdsa-sha2-nistp521"
    /// Ed25519 of a security key (OpenSSH's `PROTOCOL.u2f`).
    case securityEd25519 = "sk-ssh-ed25519@openssh.com"
    /// ECDSA over NIST P-256 of a security key (OpenSSH's `PROTOCOL.u2f`).
    case securityECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
    /// RSA (RFC 4253, section 6.6), whatever hash its signatures have.
    case rsa = "ssh-rsa"
    /// DSA (RFC 4253, section 6.6).
    case dss = "ssh-dss"

    /// Whether OpenSSH asks for it where nothing else is configured.
    var isPreferred: Bool { self != .dss }

    /// The curve's name in a key; nil where there is none.
    var curve: String? {
        switch self {
        case .ecdsa256, .securityECDSA: "nistp256"
        case .ecdsa384: "nistp384"
        case .ecdsa521: "nistp521"
        case .ed25519, .securityEd25519, .rsa, .dss: nil
        }
    }

    /// What a name of a key's type, or of an algorithm of host keys, says.
    struct Named: Sendable, Hashable {
        /// The type of the key, also of one in a certificate.
        let type: HostKeyType
        /// Whether it is of certificates.
        let isCertificate: Bool
    }

    /// What each name says; OpenSSH takes the names of RSA's signatures for the type's name too.
    private static let names: [String: Named] = {
        var types = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
        types["rsa-sha2-256"] = .rsa
        types["rsa-sha2-512"] = .rsa
        var names = types.mapValues { Named(type: $0, isCertificate: false) }
        names["webauthn-sk-ecdsa-sha2-nistp256@openssh.com"] = Named(type: .securityECDSA, isCertificate: false)
        for (name, type) in types {
            let stem = name.hasSuffix("@openssh.com") ? String(name.dropLast(12)) : name
            names[stem + "-cert-v01@openssh.com"] = Named(type: type, isCertificate: true)
        }
        return names
    }()

    /// What a name says; nil where it is unknown.
    static func named(_ name: String) -> Named? { names[name] }

    /// What a name in a line or a key says; nil where it is unknown.
    static func named(_ name: some Collection<UInt8>) -> Named? {
        name.count > 64 ? nil : names[String(decoding: name, as: UTF8.self)]
    }
}
