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
    let environment: [String: String]

    /// What a client may need of our environment: nothing by which it would ask somebody.
    private static let names = [
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "SSH_SK_HELPER",
        "KRB5CCNAME", "KRB5_CONFIG",
    ]

    init(environment: [String: String]) {
        var own = environment.filter { Self.names.contains($0.key) }
        // The commands of ours that ssh runs are written for this shell; and nothing shall ask, whatever is installed.
        own["SHELL"] = "/bin/sh"
        own["SSH_ASKPASS_REQUIRE"] = "never"
        self.environment = own
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
