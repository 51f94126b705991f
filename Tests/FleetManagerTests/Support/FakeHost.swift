import FleetHost
import FleetWire

/// A channel to a ``FakeMachine``.
final class FakeHost: HostAdapter {
    let name: String
    private let machine: FakeMachine
    private let listener: Int
    private let onNotice: @Sendable (HostNotice) -> Void

    init(_ machine: FakeMachine, name: String = "fake", onNotice: @escaping @Sendable (HostNotice) -> Void) {
        self.name = name
        self.machine = machine
        self.onNotice = onNotice
        listener = machine.listen(onNotice)
    }

    func connect() async throws -> HelloReply {
        machine.calls.append(.connect)
        // What stands open tells nothing of the far end, however that is.
        if machine.isOpen(listener) { return machine.greeting }
        try await machine.contacts.join { try await machine.reach() }
        if machine.open(listener) { onNotice(.connected(machine.greeting)) }
        return machine.greeting
    }

    func start(_ request: StartRequest) async throws -> AttemptReport { try await machine.start(request) }

    func status(of keys: [AttemptKey]) async throws -> [AttemptReport] {
        machine.calls.append(.status(keys))
        try await withTaskCancellationHandler {
            try await machine.reach()
        } onCancel: { [machine, listener] in
            machine.drop(listener)
        }
        if machine.open(listener) { onNotice(.connected(machine.greeting)) }
        return machine.status(of: keys)
    }

    func log(of key: AttemptKey, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        machine.calls.append(.log(key))
        try machine.checkReachable()
        if let read = machine.attempt(key)?.behaviour.readLog { return read(machine, key, offset, limit) }
        var chunk = FileChunk()
        chunk.offset = offset
        chunk.bytes = Array((machine.attempt(key)?.behaviour.log ?? []).dropFirst(Int(offset)).prefix(Int(limit)))
        return chunk
    }

    func end(_ key: AttemptKey, mode: EndMode, grace: UInt64) async throws -> EndReply {
        machine.calls.append(.end(key, mode))
        try machine.checkReachable()
        guard let attempt = machine.attempt(key) else {
            return EndReply(outcome: .unknown, report: AttemptReport(key: key, state: .unknown))
        }
        if let reply = try await attempt.behaviour.end(machine, key) { return reply }
        let signal: AttemptExit = mode == .interrupt ? .signal(2) : .signal(15)
        if let ended = machine.end(key, signal, mode == .interrupt ? .interrupt : .stop) {
            return EndReply(outcome: .stopped, report: ended)
        }
        return EndReply(outcome: .alreadyExited, report: machine.attempt(key)?.report ?? attempt.report)
    }

    func claim(_ key: AttemptKey) async throws -> [AttemptReport] {
        machine.calls.append(.claim(key))
        try machine.checkReachable()
        return machine.claim(key)
    }

    func cleanup(_ keys: [AttemptKey]) async throws {
        machine.calls.append(.cleanup(keys))
        try machine.checkReachable()
        machine.cleanup(keys)
    }

    func collect(_ key: AttemptKey, patterns: [String]) async throws -> CollectReply {
        machine.calls.append(.collect(key, patterns))
        try machine.checkReachable()
        guard let behaviour = machine.attempt(key)?.behaviour else { return CollectReply() }
        if let failure = behaviour.collectFailure { throw failure }
        return behaviour.artifacts
    }

    func artifact(of key: AttemptKey, path: String, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        try machine.checkReachable()
        return machine.attempt(key)?.behaviour.readArtifact(path, offset, limit) ?? FileChunk()
    }

    func renew(validity: UInt64) async throws {
        try machine.checkReachable()
        machine.renewals.append(validity)
    }

    func close() async {
        await machine.closing?.pass()
        machine.leave(listener)
    }
}
