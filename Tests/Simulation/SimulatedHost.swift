import FleetHost
import FleetWire

/// The adapter of one process for a machine: opens a link when it is asked something, as the real one does.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class SimulatedHost: HostAdapter, @unchecked Sendable {
    let name: String
    private let machine: SimulatedMachine
    private let process: SimulatedProcess
    private let referee: Referee
    private let onNotice: @Sendable (HostNotice) -> Void
    private var link: Link?
    private var isClosed = false
    private var isOpening = false
    private var callers: [(Result<Link, HostError>) -> Void] = []

    /// How long a machine may take to accept a connection, in milliseconds.
    private static let patience: Int64 = 10_000

    init(
        _ machine: SimulatedMachine,
        _ process: SimulatedProcess,
        _ referee: Referee,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) {
        name = machine.name
        self.machine = machine
        self.process = process
        self.referee = referee
        self.onNotice = onNotice
        process.whenDead { self.leave() }
    }

    private var stage: Stage { machine.stage }

    // MARK: - Operations

    func connect() async throws -> HelloReply {
        try await withUnsafeThrowingContinuation { continuation in
            reach { [machine] in continuation.resume(with: $0.map { _ in machine.greeting }) }
        }
    }

    func start(_ request: StartRequest) async throws -> AttemptReport {
        let isRepeated = machine.dice.chance(4)
        return try await ask("start", isRepeated: isRepeated) { [referee] in
            referee.noteSending(request.key)
        } _: { machine, reply in
            machine.start(request, reply)
        }
    }

    func status(of keys: [AttemptKey]) async throws -> [AttemptReport] {
        try await ask("status") { machine, reply in reply(.success(machine.status(of: keys))) }
    }

    func log(of key: AttemptKey, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        try await ask("log") { machine, reply in
            guard machine.attempts[key] != nil else {
                return reply(.failure(HostError(.unknownAttempt, "\(machine.name): nothing is known of it")))
            }
            var chunk = FileChunk()
            chunk.offset = offset
            reply(.success(chunk))
        }
    }

    func end(_ key: AttemptKey, mode: EndMode, grace: UInt64) async throws -> EndReply {
        try await ask("end") { machine, reply in machine.end(key, mode, reply) }
    }

    func claim(_ key: AttemptKey) async throws -> [AttemptReport] {
        try await ask("claim") { machine, reply in reply(.success(machine.claim(key))) }
    }

    func cleanup(_ keys: [AttemptKey]) async throws {
        try await ask("cleanup") { machine, reply in reply(machine.cleanup(keys)) }
    }

    func collect(_ key: AttemptKey, patterns: [String]) async throws -> CollectReply {
        try await ask("collect") { _, reply in reply(.success(CollectReply())) }
    }

    func artifact(of key: AttemptKey, path: String, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        FileChunk()
    }

    func renew(validity: UInt64) async throws {
        // Where nobody asks for it, it would only make histories longer.
        guard referee.plan.lossSeconds != nil else { return }
        try await ask("renew") { machine, reply in
            machine.renew()
            reply(.success(()))
        }
    }

    func close() async { leave() }

    private func leave() {
        isClosed = true
        link?.close(mayDeliver: machine.dice.chance(70))
        link = nil
        answer(.failure(Link.lost(machine)))
    }

    // MARK: - Asking

    private func ask<Success: Sendable>(
        _ what: String,
        isRepeated: Bool = false,
        sending: @escaping () -> Void = {},
        _ question: @escaping (SimulatedMachine, @escaping (Result<Success, HostError>) -> Void) -> Void
    ) async throws -> Success {
        try await withUnsafeThrowingContinuation { continuation in
            reach { [self] result in
                switch result {
                case .failure(let error): continuation.resume(throwing: error)
                case .success(let link):
                    do {
                        try process.mayBeKilled(.beforeQuestion)
                    } catch {
                        return continuation.resume(throwing: HostError(.transport, "\(name): \(error)"))
                    }
                    referee.trace { "\(self.process.id) asks \(self.name): \(what)" }
                    sending()
                    link.ask(isRepeated: isRepeated) {
                        continuation.resume(with: $0)
                    } _: { [machine] in
                        question(machine, $0)
                    }
                    if process.isKilled(.afterQuestion) { process.end() }
                }
            }
        }
    }

    /// Finds the open link, or opens one.
    private func reach(_ body: @escaping (Result<Link, HostError>) -> Void) {
        guard process.isAlive, !isClosed else { return body(.failure(Link.lost(machine))) }
        if let link, link.isOpen { return body(.success(link)) }
        callers.append(body)
        guard !isOpening else { return }
        isOpening = true
        let deadline = stage.time + Self.patience
        stage.after(machine.latency()) { self.knock(until: deadline) }
    }

    private func knock(until deadline: Int64) {
        guard process.isAlive, !isClosed else { return answer(.failure(Link.lost(machine))) }
        if machine.isSilent {
            if stage.time >= deadline {
                return answer(.failure(HostError(.transport, "\(name): no answer in time")))
            }
            let wait = min(machine.silentUntil, deadline) - stage.time
            return stage.after(wait) { self.knock(until: deadline) }
        }
        guard stage.time >= machine.refusesUntil else {
            return answer(.failure(HostError(.transport, "\(name): connection refused")))
        }
        guard stage.time >= machine.deniesUntil else {
            return answer(.failure(HostError(.authentication, "\(name): permission denied")))
        }
        let link = Link(machine, process, onNotice: onNotice)
        self.link = link
        onNotice(.connected(machine.greeting))
        answer(.success(link))
    }

    private func answer(_ result: Result<Link, HostError>) {
        isOpening = false
        let waiting = callers
        callers = []
        for body in waiting { body(result) }
    }
}
