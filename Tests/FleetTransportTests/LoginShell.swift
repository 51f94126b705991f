import Foundation
import TestServers

/// A login shell of this machine, in a locale.
struct LoginShell: Sendable, CustomStringConvertible {
    /// Its name, as accounts have it.
    let name: String
    /// The program, and what comes before `-c`.
    let words: [String]
    /// What `LC_ALL` says: a server may leave it unset, and not every shell takes bytes as they are then.
    let locale: String

    var description: String { "\(name), LC_ALL=\(locale)" }

    /// Hands a command line to the shell as an ssh server does, with a home that has no files.
    func run(_ line: String, home: String) async throws -> Command.Output {
        try await Command.run(
            words + ["-c", line],
            variables: ["HOME": home, "LC_ALL": locale, "SHELL": words[0]],
            mayFail: true
        )
    }

    private static let names = ["sh", "bash", "dash", "zsh", "fish", "tcsh", "csh", "busybox"]

    private static func path(of name: String) -> String? {
        ["/bin", "/usr/bin", "/usr/local/bin"].map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Those that are installed here, each in the locale of an environment that names none, and in one of UTF-8.
    static let installed: [LoginShell] = names.flatMap { name in
        guard let path = path(of: name) else { return [LoginShell]() }
        return ["C", "C.UTF-8"]
            .map { LoginShell(name: name, words: name == "busybox" ? [path, "sh"] : [path], locale: $0) }
    }

    /// Those that are not.
    static let missing = names.filter { path(of: $0) == nil }
}
