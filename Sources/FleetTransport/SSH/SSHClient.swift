import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The system's `ssh`, and what of this process's environment it is given.
struct SSHClient: Sendable {
    /// What the client finds in its environment, beside the variables that are sent.
    ///
    /// That is ours, as what the user's configuration names (`ProxyCommand`, `Match exec`, `${NAME}`) may need of it.
    let environment: [String: String]

    /// What a client would ask somebody by.
    private static let asking = ["SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY", "SSH_TTY"]
    /// What the client itself needs, whatever is sent to hosts.
    private static let needed = [
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "SHELL", "SSH_ASKPASS_REQUIRE",
    ]

    init(environment: [String: String]) {
        var own = environment.filter { !Self.asking.contains($0.key) }
        // The commands of ours that ssh runs are written for this shell; and nothing shall ask, whatever is installed.
        own["SHELL"] = "/bin/sh"
        own["SSH_ASKPASS_REQUIRE"] = "never"
        self.environment = own
    }

    /// The environment of a client that opens a channel: what the user's own `SendEnv` names is not there, as the
    /// channel's variables are those that were asked for, and no others.
    func environment(sending names: [String]) -> [String: String] {
        guard !names.isEmpty else { return environment }
        return environment.filter { name, _ in
            Self.needed.contains(name) || !names.contains { fnmatch($0, name, 0) == 0 }
        }
    }

    /// The client's path.
    ///
    /// - Throws: ``TransportError`` of code `configuration` where there is none.
    func program() throws -> String {
        let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for directory in path.split(separator: ":") where directory.hasPrefix("/") {
            let program = "\(directory)/ssh"
            if access(program, X_OK) == 0 { return program }
        }
        throw TransportError(
            .configuration,
            "there is no ssh in PATH",
            reason: .client,
            hint: "install an OpenSSH client (Debian: openssh-client)"
        )
    }

    /// Runs `ssh -G`, and reads what it prints.
    ///
    /// - Throws: ``TransportError`` of code `configuration` where the client refuses its configuration.
    func configuration(
        _ arguments: [String],
        named host: String,
        limit seconds: Double,
        on eventLoop: any EventLoop
    ) async throws -> SSHConfiguration {
        let output = OutputCollector.Box(limit: SSHConfiguration.limit)
        let process = try await ProcessChannel.open(
            ChannelRequest(arguments: arguments, environment: environment),
            on: eventLoop,
            closeGrace: .seconds(5)
        ) { try $0.pipeline.syncOperations.addHandler(OutputCollector(output, closesAtEnd: false)) }
        let alarm = eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) { process.kill() }
        let end = try await process.command.end.get()
        alarm.cancel()
        if end.status == .code(0), !output.isOver, let configuration = SSHConfiguration(output: output.text) {
            return configuration
        }
        let words = end.diagnostics.split(separator: "\n").last.map { SSHDiagnosis.harmless($0) }
        throw TransportError(
            .configuration,
            "\(host): the ssh configuration cannot be read",
            reason: .client,
            hint: words.map { "ssh: \($0)" }
        )
    }
}
