import FleetTransport
import TestServers
import Testing

@testable import FleetLibSSH2

/// P4: what becomes of commands whose callers were told that they are not run, or whose channels do not open in time, and
/// of those who wait behind them.
extension TransportCase {
    static let poolUnwantedCases: [TransportCase] = [
        TransportCase("P4", "a command whose caller was cancelled before it was sent is not sent") { site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            let before = proxy.seen.pieces
            try await proxy.hold()
            // The host is asked for the channel of the first, the others wait for that.
            let callers = (0..<min(3, site.channelsPerConnection))
                .map { _ in Task { try await pool.session.run(shell("echo start >> /tmp/starts")) } }
            try await proxy.wait(for: "a question") { $0.pieces > before }
            try await pool.wait("all openings") { $0.channels == callers.count }
            for caller in callers { caller.cancel() }
            for caller in callers { await #expect(throws: CancellationError.self) { try await caller.value } }
            try await proxy.release()
            try await pool.wait("the channels' end") { $0.channels == 0 }
            #expect(try await starts(pool) == "none\n")
            let counters = await pool.counters
            #expect(counters.failures == [:] && counters.connects == 1)
            #expect(try await pool.isForgotten(but: 0))
        },
        TransportCase("P4", "a command whose channel does not open in time is sent elsewhere, once") { site in
            let (proxy, endpoint) = try await site.proxied()
            var impatient = endpoint
            impatient.connectTimeout = 2
            let pool = try await site.pool(impatient)
            let others = try await pool.open(1)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            try await proxy.hold()
            #expect(try await pool.session.run(shell("echo start >> /tmp/starts")).end.status == .code(0))
            // The channel opens after all, with nobody who wants it.
            try await proxy.release()
            try await others[0].echo("still here")
            #expect(try await others.finish() == [.code(0)])
            let isShared = site.channelsPerConnection > 1
            try await pool.wait("the connection's end") { $0.open == (isShared ? 1 : 2) && $0.closing == 0 }
            #expect(try await starts(pool) == "start\n")
        },
        TransportCase("P4", "a command that was sent, and of which nothing was heard in time, may have begun") { site in
            let (proxy, endpoint) = try await site.proxied()
            var impatient = endpoint
            impatient.connectTimeout = 2
            let pool = try await site.pool(impatient)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            // The channel is there, and what the host says of the command is held back.
            try await proxy.cutNext(after: 0, skipping: 1)
            let error = await #expect(throws: TransportError.self) {
                try await pool.session.run(shell("echo start >> /tmp/starts"))
            }
            #expect(error?.reason == .lost)
            try await proxy.release()
            #expect(try await starts(pool) == "start\n")
        },
        TransportCase("P4.behind", "who waits behind an opening that does not come to an end is served elsewhere") {
            site in
            let (proxy, endpoint) = try await site.proxied()
            var impatient = endpoint
            impatient.connectTimeout = 2
            let pool = try await site.pool(impatient)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            let before = proxy.seen.pieces
            try await proxy.hold()
            let first = Task { try await pool.session.talk(["/bin/cat"]) }
            try await proxy.wait(for: "a question") { $0.pieces > before }
            let second = Task { try await pool.session.run(shell("echo behind")).output }
            try await pool.wait("both openings") { $0.channels == 2 }
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
            #expect(try await second.value == "behind\n")
            #expect(await pool.counters.connects == 2)
            try await proxy.release()
        },
    ]

    /// What commands have written of their beginning.
    private static func starts(_ pool: PoolUnderTest) async throws -> String {
        try await pool.session.run(shell("cat /tmp/starts 2>/dev/null || echo none; rm -f /tmp/starts")).output
    }
}
