import FleetTransport
import NIOCore
import NIOPosix
import TestServers
import Testing

@testable import FleetLibSSH2

/// What becomes of a connection attempt whose agent does not do what agents do.
@Suite("Agents", .timeLimit(.minutes(1)))
struct AgentConnectionTests {
    private let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()

    /// Connects to an agent, and gives what watches over the attempt.
    private func with(
        _ manner: OddAgent.Manner,
        _ body: (AgentConnection, NIOLoopBound<ConnectWatch>) async throws -> Void
    ) async throws {
        let agent = try await OddAgent.start(at: PrivateDirectory.make("agent") + "/socket", manner)
        let eventLoop = self.eventLoop
        let watch =
            try await eventLoop.submit {
                NIOLoopBound(ConnectWatch(on: eventLoop), eventLoop: eventLoop)
            }
            .get()
        let connection = try await AgentConnection.open(agent.path, on: eventLoop, watch: watch)
        try await body(connection, watch)
        connection.close()
        try await agent.stop()
    }

    @Test("one that hangs up has no keys, however late it is asked")
    func hangUp() async throws {
        try await with(.hangsUp) { agent, _ in
            for _ in 0..<3 { await #expect(throws: ChannelError.self) { try await agent.keys() } }
        }
    }

    @Test("one that hangs up in the middle signs nothing")
    func middle() async throws {
        let key = OddAgent.strangeKey()
        try await with(.lists([key])) { agent, _ in
            let keys = try await agent.keys().map(\.blob)
            #expect(keys == [key])
            for _ in 0..<2 { await #expect(throws: ChannelError.self) { try await agent.sign([1], key: key).get() } }
        }
    }

    @Test("a silent one is waited for until the attempt ends, and no longer")
    func silent() async throws {
        try await with(.silent) { agent, watch in
            let keys = Task { try await agent.keys() }
            let eventLoop = self.eventLoop
            try await eventLoop.submit { watch.value.end(TransportError(.transport, "late", reason: .timeout)) }.get()
            await #expect(throws: ChannelError.self) { try await keys.value }
        }
    }

    @Test("a file that nobody delivers is waited for until the attempt ends, and no longer")
    func file() async throws {
        try await with(.silent) { _, watch in
            let gate = Gate()
            let read = Task { try await watch.read { gate.wait() } }
            let eventLoop = self.eventLoop
            try await eventLoop.submit { watch.value.end(TransportError(.transport, "late", reason: .timeout)) }.get()
            let error = await #expect(throws: TransportError.self) { try await read.value }
            #expect(error?.reason == .timeout)
            gate.open()
        }
    }
}
