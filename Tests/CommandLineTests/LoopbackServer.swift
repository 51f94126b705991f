import Foundation
import Testing

/// An OpenSSH server on this machine's loopback, for the account that runs the tests, with a home of its own.
final class LoopbackServer {
    /// The server's program; nil where there is none.
    static let program: String? = {
        guard getuid() != 0 || FileManager.default.fileExists(atPath: "/run/sshd") else { return nil }
        return ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/local/bin/sshd"]
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Its directory, which holds its keys, and the account's home there.
    let directory: String
    /// Its port.
    private(set) var port = 0
    private let process = Process()
    private let log = Pipe()

    /// The account's home, as the server sets it.
    var home: String { directory + "/home" }

    /// Starts a server that accepts `LC_MARK` alone, and waits until it listens.
    init() async throws {
        directory = "/tmp/codewhale-sshd-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory + "/home",
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        for name in ["host", "key", "stranger", "restricted"] {
            let keygen = Process()
            keygen.executableURL = URL(fileURLWithPath: "/usr/bin/ssh-keygen")
            keygen.arguments = ["-q", "-t", "ed25519", "-N", "", "-f", directory + "/" + name]
            try await Bench.finish(keygen)
        }
        let restricted = try #require(text("restricted.pub"))
        try write(try #require(text("key.pub")) + "restrict,command=\"echo no\" " + restricted, to: "authorized_keys")
        try write("", to: "empty")
        process.executableURL = URL(fileURLWithPath: try #require(Self.program))
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = log
        for _ in 0..<20 where port == 0 { try start(Int.random(in: 20_000..<60_000)) }
        try write("[127.0.0.1]:\(port) " + (try #require(text("host.pub"))), to: "known_hosts")
    }

    private func start(_ candidate: Int) throws {
        try write(
            """
            Port \(candidate)
            ListenAddress 127.0.0.1
            HostKey \(directory)/host
            AuthorizedKeysFile \(directory)/authorized_keys
            PidFile none
            UsePAM no
            StrictModes no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            AcceptEnv LC_MARK
            SetEnv HOME=\(home)

            """,
            to: "config"
        )
        process.arguments = ["-D", "-e", "-f", directory + "/config"]
        try process.run()
        var said = ""
        while true {
            let part = log.fileHandleForReading.availableData
            said += String(decoding: part, as: UTF8.self)
            if said.contains("Server listening on") {
                port = candidate
                return
            }
            if part.isEmpty { throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: said]) }
        }
    }

    /// Ends the server, and removes its directory; returns what should not have been there.
    func close() async -> [String] {
        process.terminate()
        await withCheckedContinuation { continuation in
            DispatchQueue.global()
                .async { [process] in
                    process.waitUntilExit()
                    continuation.resume()
                }
        }
        let left = listing(home).filter { $0.contains("doctor") || $0.contains("host-") || $0.contains(".upload") }
        try? FileManager.default.removeItem(atPath: directory)
        return left
    }

    /// A host of a spec.
    func host(_ changes: [String: Any] = [:]) -> [String: Any] {
        let host: [String: Any] = [
            "kind": "ssh", "host": "127.0.0.1", "port": port, "identity": directory + "/key",
            "known_hosts": directory + "/known_hosts", "working_directory": home, "codewhale_binary": "/bin/true",
            "supervisor": Bench.products + "/codewhale-supervisor",
        ]
        return host.merging(changes) { $1 }.filter { !($0.value is NSNull) }
    }

    /// The paths below a directory.
    func listing(_ path: String) -> [String] {
        FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    }

    private func text(_ name: String) -> String? {
        try? String(contentsOfFile: directory + "/" + name, encoding: .utf8)
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: directory + "/" + name, atomically: true, encoding: .utf8)
    }
}
