import FleetTransport
import Foundation
import NIOCore
import NIOPosix
import TestServers

@testable import FleetLibSSH2

/// The pool of one endpoint, as its callers use it, with settings of a case's own.
struct PoolUnderTest: Sendable {
    private let site: TransportSite
    private let client: NativeClient
    private let endpoint: SSHEndpoint
    /// A session on it.
    let session: NativeSession

    /// Another session on the same pool.
    func another() async throws -> NativeSession { try await Self.session(site, client, endpoint) }

    /// What the pool has and has seen; nothing where the session is closed.
    var counters: PoolCounters { get async { await session.counters ?? PoolCounters() } }

    /// Waits until the pool has, or has seen, something.
    func wait(_ what: String, until isMet: (PoolCounters) -> Bool) async throws {
        guard try await eventually(seconds: 20, { isMet(await counters) }) else {
            throw Command.Failure("\(what): it does not come; the pool counts \(await counters)")
        }
    }

    /// Opens channels at the same time, each to a command that gives back what it is told.
    func open(_ count: Int) async throws -> [Talk] {
        try await withThrowingTaskGroup(of: Talk.self) { group in
            for _ in 0..<count { group.addTask { try await session.talk(["/bin/cat"]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Whether the pool's executor keeps nothing of any caller but those with channels.
    func isForgotten(but count: Int) async throws -> Bool {
        let pool = await session.pool
        return try await client.eventLoop.submit { pool.value.callers.count == count }.get()
    }

    static func make(
        _ site: TransportSite,
        _ endpoint: SSHEndpoint?,
        _ change: (inout PoolSettings) -> Void
    ) async throws -> PoolUnderTest {
        var settings = PoolSettings()
        change(&settings)
        let client = NativeClient(eventLoop: MultiThreadedEventLoopGroup.singleton.next(), settings: settings)
        let endpoint = endpoint ?? site.endpoint()
        let session = try await session(site, client, endpoint)
        return PoolUnderTest(site: site, client: client, endpoint: endpoint, session: session)
    }

    private static func session(
        _ site: TransportSite,
        _ client: NativeClient,
        _ endpoint: SSHEndpoint
    ) async throws -> NativeSession {
        let transport = LibSSH2Transport(endpoint: endpoint, environment: site.environment, client: client)
        guard let session = try await transport.connect() as? NativeSession else {
            throw Command.Failure("the session is of another kind")
        }
        site.keep(session)
        return session
    }
}

extension TransportSite {
    /// A pool whose settings the case may change.
    func pool(
        _ endpoint: SSHEndpoint? = nil,
        _ change: (inout PoolSettings) -> Void = { _ in }
    ) async throws -> PoolUnderTest {
        try await PoolUnderTest.make(self, endpoint, change)
    }

    /// How many channels a connection carries here: dropbear may end one that opens, so it is given one at a time.
    var channelsPerConnection: Int {
        if case .container(.dropbear) = cell.server { 1 } else { PoolSettings().softChannelLimit }
    }
}

extension Talk {
    /// Says something to a command that gives it back.
    func echo(_ text: String) async throws {
        try await send(text)
        try await wait(for: text)
    }
}

extension [Talk] {
    /// Ends them in good order, and gives how they ended.
    func finish() async throws -> [ChannelEnd.Status] {
        for talk in self { try await talk.finish() }
        var ends: [ChannelEnd.Status] = []
        for talk in self { ends.append(try await talk.end().status) }
        return ends
    }
}
