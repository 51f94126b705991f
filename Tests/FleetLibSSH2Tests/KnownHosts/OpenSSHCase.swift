import Testing

@testable import FleetLibSSH2

/// Files of known hosts, and a host to be asked for with them.
struct OpenSSHCase: Sendable, CustomTestStringConvertible {
    /// What it is about.
    let title: String
    /// The files, with names of keys in braces (`OpenSSHBench.expanded`); nil for one that is not there.
    let files: [String?]
    /// The names of the keys that the server has.
    let shown: [String]
    /// The host.
    let host: AskedHost
    /// A type of keys that OpenSSH must know for it; nil for none.
    let needed: String?

    var testDescription: String {
        let alias = host.alias.map { " as \($0)" } ?? ""
        return "\(title): \(host.name):\(host.port)\(alias)"
    }

    /// A file, or several, and the hosts that are asked for with them.
    static func rows(
        _ title: String,
        _ files: String?...,
        shown: [String] = ["ed"],
        hosts: [AskedHost] = usual,
        needed: String? = nil
    ) -> [OpenSSHCase] {
        hosts.map { OpenSSHCase(title: title, files: files, shown: shown, host: $0, needed: needed) }
    }

    private static let usual = [
        AskedHost(name: "a.example"), AskedHost(name: "A.example", port: 2222), AskedHost(name: "b.example"),
    ]
    /// All keys that the server has.
    static let every = ["ed", "ec", "rsa"]

    /// All that are compared.
    static let all: [OpenSSHCase] = [names, ports, markers, hashes, damaged, spelling, severalFiles, preferences]
        .flatMap { $0.flatMap(\.self) }
}
