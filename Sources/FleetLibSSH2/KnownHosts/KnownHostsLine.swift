/// A line of known hosts: a marker or none, names, a type, a key, and a comment, with blanks or tabs between them.
struct KnownHostsLine {
    /// What makes a line more than a host's key.
    enum Marker: String, CaseIterable {
        /// The key signs the certificates of the hosts.
        case authority = "@cert-authority"
        /// The key must never be accepted.
        case revoked = "@revoked"
    }

    /// Whose key it is.
    enum Names {
        case patterns(HostPatterns)
        case hashed(HashedName)
    }

    /// Its marker; nil for a host's key.
    let marker: Marker?
    /// Whose key it is.
    let names: Names
    /// What stands behind the names.
    private let rest: ArraySlice<UInt8>

    /// Reads a line up to its names; nil where it is empty or a comment.
    ///
    /// - Parameter bytes: the line without the newline behind it.
    /// - Throws: ``KnownHosts/Fault`` where its marker or its names are malformed.
    init?(_ bytes: ArraySlice<UInt8>) throws(KnownHosts.Fault) {
        // The end of the text in C.
        var text = bytes.prefix { $0 != 0 }.droppingBlanks
        guard let first = text.first, first != UInt8(ascii: "#"), text != [UInt8(ascii: "\r")] else { return nil }
        marker = try Self.marker(&text)
        let names = text.prefix { !$0.isBlank }
        if HashedName.isHashed(names) {
            guard let name = HashedName(names) else { throw KnownHosts.Fault("the hashed name is malformed") }
            self.names = .hashed(name)
        } else {
            self.names = .patterns(HostPatterns(text: names))
        }
        rest = text.dropFirst(names.count).droppingBlanks
    }

    /// Whether it has a name, which is in lower case.
    func isOf(_ name: [UInt8]) -> Bool {
        switch names {
        case .patterns(let patterns): patterns.match(name)
        case .hashed(let hashed): hashed.match(name)
        }
    }

    /// Reads its key.
    ///
    /// - Throws: ``KnownHosts/Fault`` where it has none, or one that OpenSSH would not take.
    func key() throws(KnownHosts.Fault) -> HostKey {
        guard let first = rest.first, first != UInt8(ascii: "#") else { throw KnownHosts.Fault("it has no key") }
        let name = rest.prefix { !$0.isBlank }
        guard let named = HostKeyType.named(name) else { throw KnownHosts.Fault("the key's type is unknown") }
        let text = rest.dropFirst(name.count).droppingBlanks.prefix { !$0.isBlank }
        guard !text.isEmpty else { throw KnownHosts.Fault("it has no key behind the type") }
        guard let blob = Base64.decoded(text) else { throw KnownHosts.Fault("the key is not base64") }
        let key = try HostKey(blob)
        guard key.type == named.type, key.isCertificate == named.isCertificate else {
            throw KnownHosts.Fault("the key is of another type than the line says")
        }
        return key
    }

    /// Takes the marker from the front of a line.
    private static func marker(_ text: inout ArraySlice<UInt8>) throws(KnownHosts.Fault) -> Marker? {
        guard text.first == UInt8(ascii: "@") else { return nil }
        // OpenSSH looks for a blank first, and for a tab where the line has no blank at all.
        let end = text.firstIndex(of: UInt8(ascii: " ")) ?? text.firstIndex(of: UInt8(ascii: "\t"))
        guard let end, let marker = Marker.allCases.first(where: { text[..<end].elementsEqual($0.rawValue.utf8) })
        else {
            throw KnownHosts.Fault("the marker is unknown, or no blank is behind it")
        }
        text = text[end...].droppingBlanks
        guard text.first != UInt8(ascii: "@") else { throw KnownHosts.Fault("it has two markers") }
        return marker
    }
}

extension UInt8 {
    /// Whether it stands between the parts of a line.
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension ArraySlice<UInt8> {
    fileprivate var droppingBlanks: Self { drop { $0.isBlank } }
}
