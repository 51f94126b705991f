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

    /// Renews the workspace's lease on the host: somebody drives its attempts, and that counts for so many milliseconds.
    func renew(validity: UInt64) async throws

    /// Leaves the host; what runs there runs on.
    func close() async
}

extension HostAdapter {
    /// Nothing is counted.
    package var connections: ConnectionCounts? { get async { nil } }

    /// A host without supervisors has nobody to be told.
    package func renew(validity: UInt64) async throws {}

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
    /// A start of the key that is still under way cannot be carried out between the two.
    ///
    /// - Throws: ``HostError`` of code `running` where processes of `key` could not be ended.
    package func restart(_ key: AttemptKey, as next: StartRequest, grace: UInt64 = 5_000) async throws -> AttemptReport
    {
        try await stopWholly(key, grace: grace)
        return try await start(next)
    }

    /// Stops an attempt that nobody wants any more, and sees to it that it does not begin later.
    ///
    /// It is stopped first, which a host can do that has no room on its disk to note that an attempt is given up. Only
    /// where the host does not know the attempt is that needed: its start may still be under way.
    package func stopForGood(_ key: AttemptKey, grace: UInt64 = 5_000) async throws -> EndReply {
        let reply = try await stop(key, grace: grace)
        guard reply.outcome == .unknown else { return reply }
        let known = try await claim(key)
        // Its start may have arrived between the two.
        guard known.contains(where: { $0.key == key && $0.state != .unknown }) else { return reply }
        return try await stop(key, grace: grace)
    }

    /// Stops an attempt, verified.
    ///
    /// - Throws: ``HostError`` of code `running` where processes of it could not be ended.
    package func stopWholly(_ key: AttemptKey, grace: UInt64 = 5_000) async throws {
        let reply = try await stopForGood(key, grace: grace)
        guard reply.outcome != .survivors else {
            throw HostError(
                .running,
                "\(name): attempt \(key.attempt) of \(key.task) could not be ended; "
                    + "processes \(reply.report.survivors.map(String.init).joined(separator: ", ")) remain",
                hint: reply.reason
            )
        }
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
