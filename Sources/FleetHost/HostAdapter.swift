package import FleetTransport
package import FleetWire

/// What runs attempts on a host: start, status, bounded logs, interrupt, restart, stop and cleanup.
///
/// An operation on a host that cannot be reached throws ``HostError`` of code `transport`, and says nothing of the
/// attempt: a lost connection changes a host's health, not a task's state. A start is never sent a second time on
/// doubt; whoever lost the answer asks for the status.
///
/// What becomes of an attempt that was started over the open channel, or of which an answer on it has said that it
/// runs, is told by ``HostNotice/changed(_:)`` without being asked for, also where the host's push was lost: the
/// adapter polls.
package protocol HostAdapter: Sendable {
    /// The host's name in messages.
    var name: String { get }

    /// Reaches the host, where that is not done yet, and says who answered; nothing is asked of it beyond that.
    func connect() async throws -> HelloReply

    /// Runs a program as an attempt, once, however often the same key is given.
    func start(_ request: StartRequest) async throws -> AttemptReport

    /// What became of the attempts; of all that the host knows where `keys` is empty.
    func status(of keys: [AttemptKey]) async throws -> [AttemptReport]

    /// A part of an attempt's log, from `offset`, at most `limit` bytes.
    func log(of key: AttemptKey, offset: UInt64, limit: UInt32) async throws -> FileChunk

    /// Ends an attempt's whole tree, and answers when that is verified or was found impossible.
    func end(_ key: AttemptKey, mode: EndMode, grace: UInt64) async throws -> EndReply

    /// Makes the attempt's number its task's mark: no start at or below it is accepted from now on.
    func claim(_ key: AttemptKey) async throws -> [AttemptReport]

    /// Removes the host's records of attempts that ended; their marks stay.
    func cleanup(_ keys: [AttemptKey]) async throws

    /// Copies what matches `patterns` into the attempt's artifacts directory, and lists all that is there.
    func collect(_ key: AttemptKey, patterns: [String]) async throws -> CollectReply

    /// A part of an artifact that ``collect(_:patterns:)`` listed.
    func artifact(of key: AttemptKey, path: String, offset: UInt64, limit: UInt32) async throws -> FileChunk

    /// What carries it is counted, where that is the native transport's pool.
    var connections: ConnectionCounts? { get async }

    /// Leaves the host; what runs there runs on.
    func close() async
}

extension HostAdapter {
    /// Nothing is counted.
    package var connections: ConnectionCounts? { get async { nil } }

    /// Ends an attempt with INT, TERM and KILL in turn.
    package func interrupt(_ key: AttemptKey, grace: UInt64 = 5_000) async throws -> EndReply {
        try await end(key, mode: .interrupt, grace: grace)
    }

    /// Ends an attempt with TERM and KILL in turn.
    package func stop(_ key: AttemptKey, grace: UInt64 = 5_000) async throws -> EndReply {
        try await end(key, mode: .stop, grace: grace)
    }

    /// Starts `next` once `key` has ended, verified; never both at once.
    ///
    /// - Throws: ``HostError`` of code `running` where processes of `key` could not be ended.
    package func restart(_ key: AttemptKey, as next: StartRequest, grace: UInt64 = 5_000) async throws -> AttemptReport
    {
        let reply = try await stop(key, grace: grace)
        guard reply.outcome != .survivors else {
            throw HostError(
                .running,
                "\(name): attempt \(key.attempt) of \(key.task) could not be ended; "
                    + "processes \(reply.report.survivors.map(String.init).joined(separator: ", ")) remain",
                hint: reply.reason
            )
        }
        return try await start(next)
    }
}

/// What a host tells unasked.
package enum HostNotice: Sendable {
    /// The control channel was opened, and this is who answered.
    case connected(HelloReply)
    /// These attempts changed, by a push, or as a poll has found.
    case changed([AttemptReport])
    /// The host answers, and did not say what became of the attempts that run: whoever needs that asks.
    case pollRefused(HostError)
    /// The control channel was lost, with the reason; the next operation opens another.
    case disconnected(HostError)
    /// The native transport cannot serve the host, for this reason, and the system's `ssh` does instead.
    case fallback(HostError)
}
