import CFleetSupervisor
import FleetWire

/// Where a supervisor keeps what it knows.
enum StatePlace {
    /// In a directory.
    case path(String)
    /// In the account's home, apart from other workspaces' and from other hosts' that share the home.
    case workspace(String)

    /// Its path.
    ///
    /// - Throws: ``WireFailure`` where the account has no home.
    func path() throws(WireFailure) -> String {
        switch self {
        case .path(let path): return path
        case .workspace(let id):
            guard let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") else {
                throw WireFailure(.configuration, "HOME is not set on the host, so there is no place for its state.")
            }
            let workspace = "\(home)/\(StatePlace.inHome)/\(id)"
            return "\(workspace)/\(try HostPlace.name(in: workspace))"
        }
    }

    /// Where the workspaces' directories lie in an account's home.
    private static let inHome = ".local/state/codewhale"

    /// The workspace's id; where a directory is given it is not known, and empty.
    var workspaceID: String {
        switch self {
        case .path: ""
        case .workspace(let id): id
        }
    }

    /// The path of another workspace of the account; nothing where only a directory is given.
    func path(of other: String) -> String? {
        guard case .workspace = self, Identifier.isValid(other) else { return nil }
        return try? StatePlace.workspace(other).path()
    }

    /// The ids of the account's workspaces that have a directory for this host; only an empty one where that is given.
    func workspaceIDs() -> [String] {
        guard case .workspace = self, let home = getenv("HOME").map({ String(cString: $0) }) else { return [""] }
        var ids: [String] = []
        try? forEachEntry(of: "\(home)/\(StatePlace.inHome)") { name in
            if let path = path(of: name), access(path, F_OK) == 0 { ids.append(name) }
        }
        return ids.sorted()
    }
}

extension HostIdentity {
    /// A word that stays the host's own across reboots, and that no other host with the same home has.
    ///
    /// Its name, and a digest of that and its machine id (machine-id(5)): cloned machines may share one, never both.
    static func lasting() -> String {
        var names = utsname()
        uname(&names)
        let name = withUnsafeBytes(of: &names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let safe = name.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || scalar == "-" || scalar == "." ? Character(scalar) : "_"
        }
        var digest = SHA256()
        digest.update(name.utf8)
        digest.update([0])
        digest.update((try? readSmallFile("/etc/machine-id", limit: 64)) ?? [])
        return "host-\(String(safe).prefix(64))-\(digest.hexDigest().prefix(8))"
    }
}

extension SHA256 {
    /// The digest of a file's bytes, in hex.
    static func ofFile(_ path: String) throws(SystemFault) -> String {
        let file = try Descriptor.open(path, O_RDONLY)
        var digest = SHA256()
        var offset = 0
        while true {
            let part = try readFully(file.number, at: offset, count: 1 << 18)
            guard !part.isEmpty else { return digest.hexDigest() }
            part.withUnsafeBytes { digest.update($0) }
            offset += part.count
        }
    }
}
