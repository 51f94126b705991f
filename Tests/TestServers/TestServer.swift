import Foundation
import Synchronization

/// An ssh server in a container of its own.
package final class TestServer: Sendable {
    /// The kinds, each an image of `Docker/`.
    package enum Kind: String, Sendable, CaseIterable {
        /// Debian with GNU tools.
        case openssh
        /// Busybox, and no more than dropbear needs.
        case dropbear
    }

    /// What a server is started with.
    package struct Settings: Sendable, Hashable {
        /// Variables of `Docker/README.md`.
        package var environment: [String: String]
        /// More arguments of `docker run`.
        package var arguments: [String]
        /// Tells servers with the same settings apart; no other case gets one with this name.
        package var name: String

        /// Settings of their parts.
        package init(environment: [String: String] = [:], arguments: [String] = [], name: String = "") {
            self.environment = environment
            self.arguments = arguments
            self.name = name
        }
    }

    package let kind: Kind
    /// The container's id.
    package let id: String
    /// Its address in the network of this run; reached from containers, and on Linux from here.
    package let address: String
    /// The port of 127.0.0.1 that leads to it.
    package let port: Int
    /// The pid of its first process, as this machine sees it.
    package let pid: Int32
    /// The keys that open its accounts.
    package let keys: TestKeys
    private let network: String
    private let baseline: Set<String>

    /// Its root directory, as this machine sees it.
    package var root: String { "/proc/\(pid)/root" }

    /// Starts one, and waits until it answers.
    init(_ kind: Kind, _ settings: Settings, in network: TestNetwork) async throws {
        self.kind = kind
        keys = try await TestKeys.shared.value
        address = network.nextAddress()
        self.network = network.name
        let image = try await TestServers.image(kind)
        var variables = settings.environment
        variables["AUTHORIZED_KEYS"] = keys.authorized
        id =
            try await Command.run(
                [
                    "docker", "run", "--detach", "--label", "codewhale.test", "--network", network.name, "--ip",
                    address,
                    "--publish", "127.0.0.1::22",
                ] + variables.keys.sorted().flatMap { ["--env", $0] } + settings.arguments + [image],
                variables: variables
            )
            .text.trimmingCharacters(in: .whitespacesAndNewlines)
        Reaper.shared.note("container", id)
        let facts = try await Command.run([
            "docker", "inspect", "--format",
            #"{{.State.Pid}} {{(index (index .NetworkSettings.Ports "22/tcp") 0).HostPort}}"#, id,
        ])
        let words = facts.text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let pid = Int32(words[0]), let port = Int(words[1]) else {
            throw Command.Failure("the container \(id) does not run: \(facts.text)")
        }
        (self.pid, self.port) = (pid, port)
        let file = kind == .openssh ? "sshd" : "dropbear"
        let root = "/proc/\(pid)/root"
        let isReady = try await eventually(seconds: 30) {
            FileManager.default.fileExists(atPath: "\(root)/run/\(file).pid")
        }
        guard isReady else { throw Command.Failure("the server of the container \(id) does not start") }
        baseline = TestServer.files(root)
    }

    /// Runs a command in the container as root, off its ssh server.
    @discardableResult
    package func execute(_ words: [String], variables: [String: String] = [:]) async throws -> String {
        let options = variables.flatMap { ["--env", "\($0.key)=\($0.value)"] }
        return try await Command.run(["docker", "exec"] + options + [id] + words).text
    }

    // MARK: - Host keys

    /// The public host keys, each `type blob`.
    package func hostKeys() async throws -> [String] {
        try await execute(["server", "public-keys"]).split(separator: "\n").map(String.init)
    }

    /// Lines of `known_hosts`, by which it is known under both its addresses.
    package func knownHosts() async throws -> String {
        try await hostKeys().map { "[127.0.0.1]:\(port),\(address) \($0)\n" }.joined()
    }

    // MARK: - Taking it away

    /// Kills the server's process of every session.
    package func drop() async throws { try await execute(["server", "drop"]) }

    /// Stops every process of the container.
    package func pause() async throws {
        // On a busy machine the kernel's freezer may not catch all processes at once; then the engine lets them go again.
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let output = try await Command.run(["docker", "pause", id], mayFail: true)
            if output.code == 0 { return }
            guard output.errors.contains("unable to freeze"), ContinuousClock.now < deadline else {
                throw Command.Failure("docker pause ended with \(output.code): \(output.errors)")
            }
        }
    }

    /// Lets them go on.
    package func unpause() async throws { try await Command.run(["docker", "unpause", id]) }

    /// Takes the network away: both directions fall silent for who is connected to ``address``.
    package func cut() async throws { try await Command.run(["docker", "network", "disconnect", network, id]) }

    /// Gives the network back.
    package func mend() async throws {
        try await Command.run(["docker", "network", "connect", "--ip", address, network, id])
        // For a moment the kernel still takes the address for gone.
        let probe = ["timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/\(address)/22"]
        _ = try await eventually { try await Command.run(probe, mayFail: true).code == 0 }
    }

    // MARK: - What is left

    /// Waits until nothing runs and lies in the container but what belongs there.
    ///
    /// - Returns: what is left after all.
    package func leftovers() async throws -> [String] {
        // A connection that was closed while the network was cut is told of at its next retransmission.
        _ = try await eventually(seconds: 30) { strangers().isEmpty }
        return strangers().map { "process left in the \(kind) container: \($0.innerPid) \($0.command)" }
            + TestServer.files(root).subtracting(baseline).sorted().map { "file left in the \(kind) container: \($0)" }
    }

    /// The processes of the container that do not belong to its server.
    package func strangers() -> [HostProcess] {
        let file = "\(root)/run/\(kind == .openssh ? "sshd" : "dropbear").pid"
        let listener = (try? String(contentsOfFile: file, encoding: .utf8))
            .flatMap {
                Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        return processes()
            .filter { process in
                if process.pid == pid || process.innerPid == listener { return false }
                return !["sleep infinity", "sleep 2147483647", "/bin/sh /usr/local/bin/server run"]
                    .contains(process.command)
            }
    }

    /// The processes of the container.
    package func processes() -> [HostProcess] { HostProcess.all(inNamespaceOf: pid) }

    /// Files where accounts may write.
    private static func files(_ root: String) -> Set<String> {
        var names: Set<String> = []
        for directory in ["home", "tmp", "srv", "var/tmp"] {
            let list = FileManager.default.enumerator(atPath: "\(root)/\(directory)")?.compactMap { $0 as? String }
            for name in list ?? [] { names.insert("/\(directory)/\(name)") }
        }
        return names
    }
}
