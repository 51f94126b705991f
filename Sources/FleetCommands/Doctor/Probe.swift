import FleetTransport
import NIOConcurrencyHelpers
import NIOCore

/// Runs a small command over a session, within a time and a bound.
struct Probe: Sendable {
    /// What came of it.
    struct Answer: Sendable {
        /// What it printed, at most the bound.
        var output: String
        /// What stood on standard error, not trusted.
        var diagnostics: String
        /// How it ended.
        var status: ChannelEnd.Status

        /// The lines of what it printed.
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// The session.
    let session: any Session

    /// Runs a command to its end.
    ///
    /// - Throws: ``TransportError``, ``TooLate`` after `seconds`.
    func run(_ arguments: [String], environment: [String: String] = [:], within seconds: Double) async throws -> Answer
    {
        try await withLimit(seconds) { [session] in
            let collector = OutputCollector.Box()
            let command = try await session.openChannel(
                ChannelRequest(arguments: arguments, environment: environment)
            ) { try $0.pipeline.syncOperations.addHandler(OutputCollector(collector, closesAtEnd: true)) }
            let end = try await withTaskCancellationHandler {
                try await command.end.get()
            } onCancel: {
                command.channel.close(promise: nil)
            }
            try Task.checkCancellation()
            return Answer(output: collector.text, diagnostics: end.diagnostics, status: end.status)
        }
    }

    /// Opens a channel that stays open and says nothing.
    ///
    /// - Returns: the channel, and how many bytes the login shell printed before.
    func hold(within seconds: Double) async throws -> (channel: CommandChannel, noise: Int) {
        try await withLimit(seconds) { [session] in
            let collector = OutputCollector.Box()
            let command = try await session.openChannel(ChannelRequest(arguments: ["cat"])) {
                try $0.pipeline.syncOperations.addHandler(OutputCollector(collector, closesAtEnd: false))
            }
            return (command, collector.noise)
        }
    }
}
