import Foundation
import TestServers
import TestSupport
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
    /// The server's pid.
    ///
    /// It is no `Process` of Foundation's: sshd closes the descriptor by which that learns of a child's
    /// end, and then it would wait for sshd on the thread that all other children need.
    private(set) var pid: pid_t = 0
    private let log = Pipe()
    private let prefix: [String]

    /// The account's home, as the server sets it.
    var home: String { directory + "/home" }

    /// Starts a server that accepts `LC_MARK` alone, and waits until it listens.
    ///
    /// - Parameter prefix: the words of a command that runs the server in its own place.
    /// - Throws: ``Command/Failure`` where there are no keys to be made.
    init(under prefix: [String] = []) async throws {
        self.prefix = prefix
        directory = "/tmp/codewhale-sshd-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory + "/home",
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        for name in ["host", "key", "stranger", "restricted"] {
            try await Command.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory + "/" + name])
        }
        let restricted = try #require(text("restricted.pub"))
        try write(try #require(text("key.pub")) + "restrict,command=\"echo no\" " + restricted, to: "authorized_keys")
        try write("", to: "empty")
        for _ in 0..<20 where port == 0 { try start(Int.random(in: 20_000..<30_000)) }
        try write("[127.0.0.1]:\(port) " + (try #require(text("host.pub"))), to: "known_hosts")
    }

    deinit {
        // A test that failed has not closed it.
        guard pid > 0 else { return }
        for process in processes() { kill(process, SIGKILL) }
        waitpid(pid, nil, 0)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts the server on a port, where that is free.
    func start(_ candidate: Int) throws {
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
        let words = prefix + [try #require(Self.program), "-D", "-e", "-f", directory + "/config"]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0)
        let ends: [Int32] = [log.fileHandleForReading.fileDescriptor, log.fileHandleForWriting.fileDescriptor]
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        for end in ends { posix_spawn_file_actions_addclose(&actions, end) }
        let pointers = words.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        try #require(posix_spawn(&pid, words[0], &actions, nil, pointers + [nil], environ) == 0)
        var said = ""
        while true {
            let part = log.fileHandleForReading.availableData
            said += String(decoding: part, as: UTF8.self)
            if said.contains("Server listening on") {
                port = candidate
                return
            }
            // Somebody has the port: another one is tried.
            if said.contains("Cannot bind any address") {
                waitpid(pid, nil, 0)
                pid = 0
                return
            }
        }
    }

    /// Ends the server, and removes its directory; returns what should not have been there.
    func close() async -> [String] {
        await end()
        let left = listing(home).filter { $0.contains("doctor") || $0.contains("host-") || $0.contains(".upload") }
        try? FileManager.default.removeItem(atPath: directory)
        return left
    }

    /// Ends the process that listens; sessions go on.
    func end() async {
        kill(pid, SIGTERM)
        await withCheckedContinuation { continuation in
            DispatchQueue.global()
                .async { [pid] in
                    waitpid(pid, nil, 0)
                    continuation.resume()
                }
        }
        pid = 0
    }

    /// Lets in a key of RSA too, `rsa` of its directory.
    func authorizeRSA() async throws {
        try await Command.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", directory + "/rsa"])
        let known = try #require(text("authorized_keys"))
        try write(known + (try #require(text("rsa.pub"))), to: "authorized_keys")
    }

    /// A host of a spec.
    func host(_ changes: [String: Any] = [:]) -> [String: Any] {
        let host: [String: Any] = [
            "kind": "ssh", "host": "127.0.0.1", "port": port, "identity": directory + "/key",
            "known_hosts": directory + "/known_hosts", "working_directory": home, "codewhale_binary": "/bin/true",
            "supervisor": BuiltProducts.supervisor,
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
