/// What files of known hosts say of one host, under one port.
package struct KnownHost: Sendable {
    /// What is known of a key that a host showed.
    package enum Verdict: Sendable, Hashable {
        /// It is the host's.
        case known(KnownHosts.Place)
        /// Nothing is known of the host's keys; where a line has an authority that signs the host's certificates, which
        /// are not checked here, its place.
        case unknown(authority: KnownHosts.Place?)
        /// Another key is known, of that type; the last of them where there are several, as OpenSSH says it.
        case changed(KnownHosts.Place, storedType: String)
        /// It must not be accepted, whatever else is known.
        case revoked(KnownHosts.Place)
    }

    /// A line that names the host, and whose key can be read.
    struct Entry: Sendable {
        let place: KnownHosts.Place
        let marker: KnownHostsLine.Marker?
        let key: HostKey
    }

    /// The lines of the host with its port, in their order.
    var entries: [Entry] = []
    /// The lines of the host without its port; none where the port is 22, and `entries` are without it themselves.
    var entriesWithoutPort: [Entry] = []
    /// The lines that name the host and count for nothing, and files that cannot be read: what may be why it is unknown.
    package internal(set) var findings: [KnownHosts.Finding] = []

    /// What is known of a key that the host showed, as it travelled.
    ///
    /// A host of which any key is known has changed where it shows another one, also one of another type: so it is
    /// asked for a type that is known first (``algorithms(_:)``).
    ///
    /// Where nothing is known of the host with its port, a key that is known for it without a port is accepted, and one
    /// that is revoked there is refused.
    package func verdict(of key: [UInt8]) -> Verdict {
        // One that cannot be read equals none.
        let key = try? HostKey(key)
        let verdict = Self.verdict(of: key, in: entries)
        guard case .unknown(let authority) = verdict else { return verdict }
        switch Self.verdict(of: key, in: entriesWithoutPort) {
        case .known(let place): return .known(place)
        case .revoked(let place): return .revoked(place)
        case .unknown(let other): return .unknown(authority: authority ?? other)
        case .changed: return verdict
        }
    }

    /// The types of the keys that are known for the host, in OpenSSH's order of preference.
    ///
    /// Not those that are only known without the host's port, nor `ssh-dss`, nor one whose first key is revoked: OpenSSH
    /// prefers none of these.
    package var keyTypes: [String] {
        let types = knownTypes
        return HostKeyType.allCases.filter { types.contains($0) && $0.isPreferred }.map(\.rawValue)
    }

    /// The algorithms of host keys in the order in which the host is to be asked for them, so that it shows a key that
    /// is known: those of known types first.
    ///
    /// As OpenSSH does it where its `HostKeyAlgorithms` is not set: where a key of the first algorithm's type is known,
    /// the order stays as it is.
    ///
    /// - Parameter offered: what can be asked for, the best first, by names as in `HostKeyAlgorithms`.
    /// - Returns: all of them.
    package func algorithms(_ offered: [String]) -> [String] {
        let types = knownTypes
        func isOfKnownType(_ algorithm: String) -> Bool {
            HostKeyType.named(algorithm).map { types.contains($0.type) } ?? false
        }
        guard let best = offered.first, !isOfKnownType(best) else { return offered }
        let hasAuthority = entries.contains { $0.marker == .authority }
        func isFirst(_ algorithm: String) -> Bool {
            isOfKnownType(algorithm) || hasAuthority && HostKeyType.named(algorithm)?.isCertificate ?? false
        }
        return offered.filter(isFirst) + offered.filter { !isFirst($0) }
    }

    private var knownTypes: Set<HostKeyType> {
        var types: Set<HostKeyType> = []
        for type in HostKeyType.allCases {
            let first = entries.first { $0.marker == nil && !$0.key.isCertificate && $0.key.type == type }
            guard let first, Self.revocation(of: first.key, in: entries) == nil else { continue }
            types.insert(type)
        }
        return types
    }

    private static func verdict(of key: HostKey?, in entries: [Entry]) -> Verdict {
        if let key, let entry = revocation(of: key, in: entries) { return .revoked(entry.place) }
        let hosts = entries.filter { $0.marker == nil }
        if let entry = hosts.first(where: { $0.key == key }) { return .known(entry.place) }
        if let entry = hosts.last { return .changed(entry.place, storedType: entry.key.type.rawValue) }
        return .unknown(authority: entries.first { $0.marker == .authority }?.place)
    }

    private static func revocation(of key: HostKey, in entries: [Entry]) -> Entry? {
        entries.first { $0.marker == .revoked && $0.key.isSameKey(as: key) }
    }
}
