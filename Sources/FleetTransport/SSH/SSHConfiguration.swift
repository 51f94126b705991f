/// What the ssh configuration says of a host, as `ssh -G` prints it: a keyword and its value on each line.
package struct SSHConfiguration: Sendable, Equatable {
    /// The address that is connected to.
    package var hostName: String
    /// The account.
    package var user: String
    /// The port.
    package var port: Int
    /// The jump hosts, as `ssh -J` takes them; nil for none.
    var proxyJump: String?
    /// A command that carries the connection; nil for none.
    package var proxyCommand: String?
    /// A command that tells known host keys; nil for none.
    package var knownHostsCommand: String?
    /// The files of keys that are tried, with `~` and `%` as they were written.
    package var identityFiles: [String]
    /// The names of variables that are sent to the host, with `*` and `?`.
    var sentNames: [String] = []

    private var values: [String: String]

    /// More of it than this is no configuration.
    static let limit = 1 << 20

    /// Reads what `ssh -G` printed; nil where it lacks the host's name.
    init?(output: String) {
        var values: [String: String] = [:]
        identityFiles = []
        for line in output.split(separator: "\n") {
            guard let space = line.firstIndex(of: " ") else { continue }
            let (keyword, value) = (line[..<space].lowercased(), String(line[line.index(after: space)...]))
            if keyword == "identityfile" { identityFiles.append(value) }
            if keyword == "sendenv" { sentNames += value.split(separator: " ").map(String.init) }
            // The first value counts, as in ssh itself.
            if values[keyword] == nil { values[keyword] = value }
        }
        guard let hostName = values["hostname"], let user = values["user"] else { return nil }
        self.values = values
        self.hostName = hostName
        self.user = user
        port = values["port"].flatMap { Int($0) } ?? 22
        proxyJump = Self.command(values["proxyjump"])
        proxyCommand = Self.command(values["proxycommand"])
        knownHostsCommand = Self.command(values["knownhostscommand"])
    }

    /// The value of another keyword, in lower case; nil where it has none, or `none`.
    package subscript(keyword: String) -> String? { Self.command(values[keyword]) }

    /// Whether the client knows a keyword, in lower case.
    func has(_ keyword: String) -> Bool { values[keyword] != nil }

    /// Whether a keyword's value is `none`.
    package func hasNone(_ keyword: String) -> Bool { values[keyword]?.lowercased() == "none" }

    private static func command(_ value: String?) -> String? {
        guard let value, !value.isEmpty, value.lowercased() != "none" else { return nil }
        return value
    }
}

/// One host of `ssh -J`: `[user@]host[:port]`, or `ssh://[user@]host[:port]`.
package struct JumpHost: Sendable, Equatable {
    /// Its name, or a `Host` of the ssh configuration.
    package var host: String
    /// The account; nil for what the ssh configuration says.
    package var user: String?
    /// The port; nil for what the ssh configuration says.
    package var port: Int?
    /// Whether the ssh configuration has a `KnownHostsCommand` for it.
    var hasKnownHostsCommand = false

    /// Reads a list of them, first to last; nil where an element has no host, or one that `ssh` would take for an option.
    static func list(_ text: String) -> [JumpHost]? {
        var hosts: [JumpHost] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let host = JumpHost(part.trimmed) else { return nil }
            hosts.append(host)
        }
        return hosts.isEmpty ? nil : hosts
    }

    init?(_ text: Substring) {
        var rest = text
        if rest.hasPrefix("ssh://") { rest = rest.dropFirst(6) }
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        } else if let colon = rest.firstIndex(of: ":"), rest.filter({ $0 == ":" }).count == 1 {
            host = String(rest[..<colon])
            rest = rest[colon...]
        } else {
            host = String(rest)
            rest = ""
        }
        if rest.hasPrefix(":") {
            guard let number = Int(rest.dropFirst()), (1...65_535).contains(number) else { return nil }
            port = number
        } else if !rest.isEmpty {
            return nil
        }
        guard !host.isEmpty, !host.hasPrefix("-"), user?.hasPrefix("-") != true, user?.isEmpty != true else {
            return nil
        }
    }
}

extension Substring {
    /// Without blanks at either end.
    var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }
}
