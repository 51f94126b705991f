import FleetHost
import FleetWire

/// Does not accept claims at first, as its disk is full.
final class UnwillingHost: HostAdapter {
    private let host: any HostAdapter
    private let refusals: Journal<Void> = Journal()
    private let limit: Int

    init(_ host: any HostAdapter, refusals: Int) {
        self.host = host
        limit = refusals
    }

    var name: String { host.name }

    func connect() async throws -> HelloReply { try await host.connect() }

    func claim(_ key: AttemptKey) async throws -> [AttemptReport] {
        guard refusals.all.count >= limit else {
            refusals.append(())
            throw HostError(.configuration, "the disk is full")
        }
        return try await host.claim(key)
    }

    func start(_ request: StartRequest) async throws -> AttemptReport { try await host.start(request) }
    func status(of keys: [AttemptKey]) async throws -> [AttemptReport] { try await host.status(of: keys) }
    func log(of key: AttemptKey, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        try await host.log(of: key, offset: offset, limit: limit)
    }
    func end(_ key: AttemptKey, mode: FleetWire.EndMode, grace: UInt64) async throws -> EndReply {
        try await host.end(key, mode: mode, grace: grace)
    }
    func cleanup(_ keys: [AttemptKey]) async throws { try await host.cleanup(keys) }
    func collect(_ key: AttemptKey, patterns: [String]) async throws -> CollectReply {
        try await host.collect(key, patterns: patterns)
    }
    func artifact(of key: AttemptKey, path: String, offset: UInt64, limit: UInt32) async throws -> FileChunk {
        try await host.artifact(of: key, path: path, offset: offset, limit: limit)
    }
    func close() async { await host.close() }
}
