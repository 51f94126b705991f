public import FleetTransport
public import NIOCore

/// A host that was connected to, on which commands run.
///
/// Commands run side by side, each on a channel of its own. An argument arrives exactly as it stands here, whatever is
/// in it: no shell of the host reads it.
public struct SSHSession: Sendable {
    /// The host.
    public let endpoint: SSHEndpoint
    /// The pool, which is there as long as its sessions are.
    private let pool: SSHPool
    private let carrier: Carrier

    init(endpoint: SSHEndpoint, pool: SSHPool, carrier: Carrier) {
        self.endpoint = endpoint
        self.pool = pool
        self.carrier = carrier
    }

    /// Runs a command to its end.
    ///
    /// Where the task is cancelled, the command finds its input and its output closed; it is not killed.
    /// - Parameters:
    ///   - arguments: the program, looked for on the host's `PATH`, and its arguments.
    ///   - environment: variables that it is given; the host must accept them (`AcceptEnv`).
    ///   - input: its standard input.
    ///   - outputLimit: how many bytes of its output are kept; the rest is counted.
    /// - Returns: what came of it, whatever its exit code.
    /// - Throws: `TransportError`, of code `environment` where variables do not arrive, of reason `lost` where the end
    ///   is not known; `CancellationError`.
    public func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: some Collection<UInt8> = EmptyCollection(),
        outputLimit: Int = 16 << 20
    ) async throws -> CommandResult {
        let request = try await checked(arguments, environment)
        return try await CommandRun(carrier.session, endpoint.name)
            .result(request, input: input, outputLimit: outputLimit)
    }

    /// Runs a command, and hands out the lines that it prints as they come.
    ///
    /// The command is left when `body` is done: where that is before its output's end, it finds its input and its output
    /// closed, and its status is unknown.
    /// - Parameters:
    ///   - arguments: the program, looked for on the host's `PATH`, and its arguments.
    ///   - environment: variables that it is given; the host must accept them (`AcceptEnv`).
    ///   - input: its standard input.
    ///   - body: reads the lines.
    /// - Returns: how the command ended.
    /// - Throws: `TransportError`, of code `environment` where variables do not arrive, of reason `lost` where the lines
    ///   were read to their end and the command's is not known; `CancellationError`; what `body` throws.
    @discardableResult
    public func stream(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: some Collection<UInt8> = EmptyCollection(),
        _ body: (CommandLines) async throws -> Void
    ) async throws -> ChannelEnd {
        let request = try await checked(arguments, environment)
        let end = try await CommandRun(carrier.session, endpoint.name).lines(request, input: input, body)
        return end ?? ChannelEnd(status: .unknown, diagnostics: "")
    }

    /// Opens a channel of bytes to a command, for handlers of NIO.
    ///
    /// - Parameters:
    ///   - request: the command and the variables that it is given.
    ///   - configure: adds the handlers; runs once, on the channel's event loop, before any byte of the command's comes.
    /// - Returns: the command's channel, which the caller closes.
    /// - Throws: `TransportError`; `CancellationError`.
    public func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        let request = try await checked(request.arguments, request.environment)
        return try await carrier.session.openChannel(request, configure: configure)
    }

    /// How the connections to this host are used now; nil where the system's client carries them.
    public var use: PoolUse? {
        get async { await (carrier.session as? any PooledSession)?.counters.map { PoolUse($0) } }
    }

    /// Runs a command that does nothing: whatever keeps a first command from running is told now.
    func greet() async throws {
        let request = ChannelRequest(arguments: ["true"])
        _ = try await CommandRun(carrier.session, endpoint.name).result(request, input: [UInt8](), outputLimit: 0)
    }

    private func checked(_ arguments: [String], _ environment: [String: String]) async throws -> ChannelRequest {
        func refuse(_ what: String) -> TransportError { TransportError(.configuration, "\(endpoint.name): \(what)") }
        guard let program = arguments.first, !program.isEmpty else { throw refuse("no program was given to run") }
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw refuse("an argument has a NUL character, which none can carry")
        }
        for (name, value) in environment {
            guard Self.isName(name) else {
                throw refuse("a variable's name is letters, digits and _, and begins with no digit")
            }
            guard !value.utf8.contains(0) else { throw refuse("the value of \(name) has a NUL character") }
        }
        try await carrier.check(environment, of: endpoint.name)
        return ChannelRequest(arguments: arguments, environment: environment)
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
        }
    }
}
