import FleetTransport
import NIOCore
import NIOPosix
import Testing

@testable import FleetLibSSH2

/// What hosts that do not answer cost the others.
@Suite("Silent hosts", .timeLimit(.minutes(4)))
struct SilentHostTests {
    private let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()

    /// The first caller of a pool that shares a budget with others.
    private func caller(
        of route: NativeRoute,
        _ budget: NIOLoopBound<SharedBudget>,
        _ lookup: NameLookup = .system
    ) async throws -> EventLoopFuture<Void> {
        let eventLoop = self.eventLoop
        return
            try await eventLoop.submit {
                let scratch = NIOLoopBound(ReadScratch(), eventLoop: eventLoop)
                let connector = NativeConnector(eventLoop: eventLoop, scratch: scratch, lookup: lookup)
                let pool = ConnectionPool(route, settings: PoolSettings(), connector: connector, budget: budget.value)
                let request = ConnectionPool.Request(purpose: .command("true", environment: [])) { _ in }
                return pool.acquire(request).1.map { _ in }
            }
            .get()
    }

    private func reason(_ caller: EventLoopFuture<Void>) async -> TransportError.Reason? {
        await #expect(throws: TransportError.self) { try await caller.get() }?.reason
    }

    private func budget() async throws -> NIOLoopBound<SharedBudget> {
        let eventLoop = self.eventLoop
        return try await eventLoop.submit { NIOLoopBound(SharedBudget(limit: 1), eventLoop: eventLoop) }.get()
    }

    private static let banner = Array("SSH-2.0-test\r\n".utf8)
    private static let address = "127.0.0.2"

    @Test("one that does not answer holds up no other, and goes on when it answers")
    func silent() async throws {
        let port = try await OddPort.start(Self.banner)
        let silent = try SilentAddress(Self.address, port: port.port)
        let budget = try await budget()
        let late = try await caller(of: OddPort.route(Self.address, port: port.port, connectTimeout: 200), budget)
        // It has asked first, and has all the leave that there is.
        let other = try await caller(of: port.route(), budget)
        #expect(await reason(other) == .closed)
        let host = try await OddPort.start(Self.banner, socket: silent.listener())
        #expect(await reason(late) == .closed)
        try await host.stop()
        try await port.stop()
    }

    @Test("a name that nobody answers for holds up no other")
    func silentName() async throws {
        let port = try await OddPort.start(Self.banner)
        let budget = try await budget()
        let gate = Gate()
        let lookup = NameLookup { _, port in
            gate.wait()
            return [try SocketAddress(ipAddress: "127.0.0.1", port: port)]
        }
        let late = try await caller(of: port.route("silent.test", connectTimeout: 200), budget, lookup)
        let other = try await caller(of: port.route(), budget)
        #expect(await reason(other) == .closed)
        // NIO asks for both kinds of addresses.
        for _ in 0..<2 { gate.open() }
        #expect(await reason(late) == .closed)
        try await port.stop()
    }
}
