#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The files of an ssh configuration that says the same of every host (`ssh_config(5)`).
///
/// There what `ssh -G` prints of one host holds for the others, but for what names the host. Whatever is not plainly so
/// counts as not so: a `Host` or `Match` that does not mean all, and keywords that make one host another.
struct HostlessConfiguration {
    /// Keywords whose effect depends on the host.
    private static let refused: Set<String> = [
        "canonicaldomains", "canonicalizehostname", "hostname", "proxycommand", "proxyjump", "tag",
    ]
    /// Files include others; more levels than these ssh refuses itself.
    private static let depthLimit = 16

    /// The files' text, which tells whether they have changed since.
    private(set) var text: [UInt8] = []

    /// Reads the files that `ssh` reads; nil where they tell hosts apart, or that cannot be told.
    ///
    /// Blocks for the files' reading.
    ///
    /// - Parameters:
    ///   - file: the configuration to read instead of the user's and the system's.
    ///   - home: the account's home directory.
    ///   - system: the system's configuration.
    init?(file: String?, home: String, system: String = "/etc/ssh/ssh_config") {
        if let file {
            guard file == "none" || read(file, base: home + "/.ssh", home: home, depth: 0) else { return nil }
            return
        }
        let own = home + "/.ssh/config"
        guard access(own, F_OK) != 0 || read(own, base: home + "/.ssh", home: home, depth: 0) else { return nil }
        // Where there is none, this client may have another place for it.
        guard read(system, base: "/etc/ssh", home: home, depth: 0) else { return nil }
    }

    private mutating func read(_ path: String, base: String, home: String, depth: Int) -> Bool {
        guard depth < Self.depthLimit, let bytes = IdentityFile.content(of: path), bytes.count < 64 << 10 else {
            return false
        }
        text += Array(path.utf8) + [0] + bytes + [0]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = Self.words(line)
            guard let keyword = words.first?.lowercased(), !keyword.hasPrefix("#") else { continue }
            let values = words.dropFirst()
            switch keyword {
            case "host": guard values == ["*"] else { return false }
            case "match": guard values.map({ $0.lowercased() }) == ["all"] else { return false }
            case "include":
                for pattern in values {
                    guard include(pattern, base: base, home: home, depth: depth) else { return false }
                }
            default: guard !Self.refused.contains(keyword) else { return false }
            }
        }
        return true
    }

    private mutating func include(_ pattern: String, base: String, home: String, depth: Int) -> Bool {
        guard !pattern.contains("%"), !pattern.contains("$") else { return false }
        var path = pattern
        if path.hasPrefix("~/") {
            path = home + path.dropFirst()
        } else if !path.hasPrefix("/") {
            guard !path.hasPrefix("~") else { return false }
            path = base + "/" + path
        }
        var found = glob_t()
        defer { globfree(&found) }
        let code = glob(path, 0, nil, &found)
        if code == GLOB_NOMATCH { return true }
        guard code == 0 else { return false }
        for index in 0..<Int(found.gl_pathc) {
            guard let name = found.gl_pathv[index] else { return false }
            guard read(String(cString: name), base: base, home: home, depth: depth + 1) else { return false }
        }
        return true
    }

    /// The words of a line, without quotes; a keyword may be followed by `=`.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, character == " " || character == "\t" || character == "=" && words.isEmpty {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}
