import Foundation
import TestServers

@testable import FleetLibSSH2

/// OpenSSH's own programs, to be asked what they say of a file of known hosts.
///
/// The client reaches its server as a `ProxyCommand`: a real `sshd` that serves one connection on its standard streams.
/// So a host may have any name and port without either being there, and nothing is left when the client has ended.
struct OpenSSHBench: Sendable {
    /// Where its files are.
    let directory: String
    /// Public keys by name, each a type and base64: `ed`, `ec` and `rsa` are the server's, those with a number are not,
    /// `dss` is nobody's, `ca` is an authority, and `cert` its certificate of `ed`.
    let keys: [String: String]
    /// What the client asks a host for where nothing is known, by its own account.
    let offered: [String]
    /// Types of keys that the client knows.
    let types: Set<String>

    /// That of this run.
    static let shared = Task { try await make() }

    /// Whether there is a server and a way to start it.
    static let isThere: Bool = {
        let isServerThere = FileManager.default.isExecutableFile(atPath: server)
        return isServerThere && (getuid() != 0 || FileManager.default.isExecutableFile(atPath: demotion[0]))
    }()

    private static let server = "/usr/sbin/sshd"
    /// A server of root's wants a directory of the system (`/run/sshd`); one of another account does not.
    private static let demotion = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    private static func make() async throws -> OpenSSHBench {
        let directory = try PrivateDirectory.make("openssh")
        // The server runs under another account where this one is root, and must reach its keys.
        chmod(directory, getuid() == 0 ? 0o755 : 0o700)
        let types = [
            "ed": ["ed25519"], "ed2": ["ed25519"], "ec": ["ecdsa"], "ec2": ["ecdsa"], "ec384": ["ecdsa", "-b", "384"],
            "rsa": ["rsa", "-b", "2048"], "rsa2": ["rsa", "-b", "2048"], "ca": ["ed25519"],
        ]
        func text(_ name: String) throws -> String {
            let words = try String(contentsOfFile: "\(directory)/\(name).pub", encoding: .utf8).split(separator: " ")
            return words.prefix(2).joined(separator: " ").trimmingCharacters(in: .newlines)
        }
        var keys = ["dss": SampleKeys.dss]
        for (name, type) in types {
            try await Command.run(["ssh-keygen", "-q", "-N", "", "-C", "", "-f", "\(directory)/\(name)", "-t"] + type)
            if getuid() == 0, OpenSSHCase.every.contains(name) { chmod("\(directory)/\(name)", 0o644) }
            keys[name] = try text(name)
        }
        try await Command.run([
            "ssh-keygen", "-q", "-s", "\(directory)/ca", "-I", "host", "-h", "-n", "a.example", "\(directory)/ed.pub",
        ])
        chmod("\(directory)/ed-cert.pub", 0o644)
        keys["cert"] = try text("ed-cert")
        let settings = try await Command.run(["ssh", "-F", "none", "-G", "a.example"]).text.split(separator: "\n")
        let algorithms = settings.first { $0.hasPrefix("hostkeyalgorithms ") }?.dropFirst(18) ?? ""
        let known = try await Command.run(["ssh", "-Q", "key"]).text.split(separator: "\n").map(String.init)
        return OpenSSHBench(
            directory: directory,
            keys: keys,
            offered: algorithms.split(separator: ",").map(String.init),
            types: Set(known)
        )
    }

    /// A key by its name.
    func key(_ name: String) -> String { keys[name] ?? name }

    /// A text with `{name}` for each key, `{name.64}` for its base64, and `{hash NAME}` for a hashed name.
    func expanded(_ text: String) -> String {
        var (result, rest) = ("", text[...])
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += rest[..<open]
            if name.hasPrefix("hash ") {
                let hashed = HashedName.text(of: Array(name.utf8.dropFirst(5)), salt: Array(1...20))
                result += String(decoding: hashed ?? [], as: UTF8.self)
            } else if name.hasSuffix(".64") {
                result += key(String(name.dropLast(3))).drop { $0 != " " }.dropFirst()
            } else {
                result += key(name)
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    // MARK: - ssh-keygen

    /// The lines of a file that have a name, as `ssh-keygen -F` finds them: numbers, and what they are.
    ///
    /// With `-l` it reads the keys too, and does not find those that are none.
    func keygenLines(named name: String, in path: String) async throws -> [String] {
        let output = try await Command.run(["ssh-keygen", "-l", "-F", name, "-f", path], mayFail: true).text
        return output.split(separator: "\n").filter { $0.hasPrefix("# Host \(name) found: line ") }
            .map { $0.dropFirst("# Host \(name) found: line ".count).trimmingCharacters(in: .whitespaces) }
    }

    /// The same, as we find them.
    static func lines(named name: String, in file: KnownHosts.File) -> [String] {
        KnownHosts(files: [file]).host(name, port: nil).entries
            .map { entry in
                let marker =
                    switch entry.marker {
                    case .authority: " CA"
                    case .revoked: " REVOKED"
                    case nil: ""
                    }
                return "\(entry.place.line ?? 0)\(marker)"
            }
    }

    // MARK: - ssh

    /// What the client said of a host's key.
    struct Answer: Sendable, Equatable {
        /// The algorithm that it and the server agreed on.
        var algorithm: String
        /// The verdict, with the line that it told.
        var verdict: String
    }

    /// Asks the client for a host, with files of known hosts, more options, and a file where it writes what it says.
    ///
    /// The server shows the keys of these names; with `cert` it shows its certificate too.
    func ask(
        _ host: AskedHost,
        shown: [String],
        files: [String],
        log: String,
        options: [String] = []
    ) async throws -> Answer {
        let keys = shown.map { name in
            name == "cert" ? "HostCertificate \(directory)/ed-cert.pub" : "HostKey \(directory)/\(name)"
        }
        let settings = keys + ["UsePAM no", "StrictModes no", "PidFile none"]
        try write(Array((settings.joined(separator: "\n") + "\n").utf8), to: log + ".config")
        chmod(log + ".config", 0o644)
        let server = (getuid() == 0 ? Self.demotion : []) + [Self.server, "-i", "-f", log + ".config"]
        let all =
            [
                "ProxyCommand=\(server.joined(separator: " "))",
                "UserKnownHostsFile=\(files.joined(separator: " "))", "GlobalKnownHostsFile=/dev/null",
                "StrictHostKeyChecking=yes", "CheckHostIP=no", "UpdateHostKeys=no", "BatchMode=yes",
                "PreferredAuthentications=none", "IdentityAgent=none",
                // Of those that all versions have the one that takes the least time.
                "KexAlgorithms=curve25519-sha256",
            ] + (host.alias.map { ["HostKeyAlias=\($0)"] } ?? []) + options
        let words =
            ["ssh", "-F", "none", "-v", "-E", log, "-p", "\(host.port)"] + all.flatMap { ["-o", $0] }
            + ["-l", "nobody", "--", host.name, "true"]
        try await Command.run(words, mayFail: true)
        return try Self.answer(String(contentsOfFile: log, encoding: .utf8))
    }

    /// Reads what the client said; the words are those of OpenSSH 8.4 to 10.
    private static func answer(_ log: String) throws -> Answer {
        let lines = log.split(whereSeparator: \.isNewline)
        func place(_ words: String) -> Substring? {
            lines.first { $0.contains(words) }?.split(separator: " ").last
        }
        let algorithm = place("kex: host key algorithm: ") ?? "none"
        let verdict: String? =
            if log.contains("is marked as revoked") {
                "revoked"
            } else if let place = place("Offending ") {
                "changed \(place)"
            } else if let place = place("Found key in ") ?? place("Found CA key in ") {
                "known \(place)"
            } else {
                log.contains("and you have requested strict checking") ? "unknown" : nil
            }
        guard let verdict else { throw Command.Failure("the client gave no verdict: \(log)") }
        return Answer(algorithm: String(algorithm), verdict: verdict)
    }
}

/// A host that is asked for.
struct AskedHost: Sendable {
    var name: String
    var port = 22
    var alias: String?

    /// What known hosts have for it.
    var known: String { alias ?? name }
    /// The port with that.
    var knownPort: Int? { alias == nil ? port : nil }
}
