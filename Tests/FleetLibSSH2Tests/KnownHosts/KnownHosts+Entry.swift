@testable import FleetLibSSH2

extension KnownHosts {
    /// The line by which a key becomes known, without a newline; nil where the host's name cannot stand in one, as it
    /// would be a pattern, or the key cannot be read.
    ///
    /// Names and ports are those of ``host(_:port:)``.
    static func line(forHost host: String, port: Int?, key: [UInt8]) -> String? {
        // OpenSSH's own set of what no name may have, and what ends a name or negates it.
        let excluded = Set("@?*#[]|'\"\\,!".utf8)
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !excluded.contains($0) }),
            let read = try? HostKey(key), !read.isCertificate
        else { return nil }
        let name = String(decoding: names(ofHost: host, port: port).full, as: UTF8.self)
        return "\(name) \(read.type.rawValue) \(String(decoding: Base64.encoded(key), as: UTF8.self))"
    }
}
