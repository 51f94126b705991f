import FleetTransport
import Foundation
import TestServers
import Testing

@testable import FleetLibSSH2

/// P3 and P4: what becomes of a connection that is silent, idle or dead, and of what was cancelled on it.
extension TransportCase {
    static let poolLossCases: [TransportCase] = [
        TransportCase("P3", "a connection on which nothing is said is kept alive") { site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(quick(endpoint))
            let talks = try await pool.open(1)
            let before = proxy.seen.pieces
            // So many questions of ours, all answered; two unanswered ones would have ended it.
            try await proxy.wait(for: "keepalive") { $0.pieces >= before + 5 }
            try await talks[0].echo("still here")
            let counters = await pool.counters
            #expect(counters.connects == 1 && counters.failures == [:])
        },
        TransportCase("P3", "a connection that carries nothing is closed, and the next caller has another") {
            site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint) { $0.idleTimeout = .seconds(1) }
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            #expect(await pool.counters.open == 1)
            try await proxy.wait(for: "the close") { $0.active == 0 }
            try await pool.wait("no connection") { $0 == PoolCounters(connects: 1) }
            #expect(try await pool.session.run(shell("echo again")).output == "again\n")
            #expect(await pool.counters.connects == 2)
        },
        TransportCase("P3", "a connection that falls silent is discarded, its callers are told, the next is served") {
            site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(quick(endpoint))
            let talks = try await pool.open(3)
            let connections = await pool.counters.open
            try await proxy.hold()
            let start = ContinuousClock.now
            for talk in talks {
                #expect(try await talk.end().status == .unknown)
                #expect(talk.heard.value.isOver)
            }
            #expect(start.duration(to: .now) < .seconds(6))
            // However many callers were on it, a connection is lost once; nothing of it is used again.
            try await pool.wait("the loss") { $0.failures == [.lost: connections] && $0.closing == 0 }
            #expect(await pool.counters.open == 0)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            #expect(await pool.counters.connects == connections + 1)
        },
        TransportCase("P3", "a channel that is being opened when its connection dies is opened on another") { site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            let before = proxy.seen.pieces
            try await proxy.hold()
            // As many as are all on the one connection; the library asks for one after the other.
            let callers = (0..<min(3, site.channelsPerConnection))
                .map { number in
                    Task { try await pool.session.run(shell("echo $1 >> /tmp/starts; echo $1", "\(number)")).output }
                }
            try await proxy.wait(for: "a question") { $0.pieces > before }
            try await pool.wait("all openings") { $0.channels == callers.count }
            try await proxy.reset()
            for (number, caller) in callers.enumerated() { #expect(try await caller.value == "\(number)\n") }
            let starts = try await pool.session.run(shell("sort /tmp/starts; rm /tmp/starts")).output
            #expect(starts == (0..<callers.count).map { "\($0)\n" }.joined())
            #expect(await pool.counters.failures == [.lost: 1])
        },
        TransportCase("P3", "a command that was sent when its connection died is told as lost, and not sent again") {
            site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            // The channel is there, and what the host says of the command is held back.
            try await proxy.cutNext(after: 0, skipping: 1)
            let caller = Task { try await pool.session.run(shell("echo start >> /tmp/starts")) }
            try await proxy.wait(for: "the answer") { $0.hasCut }
            let server = try site.server
            let hasStarted = try await eventually {
                try await server.execute(["sh", "-c", "cat /tmp/starts || :"]) == "start\n"
            }
            #expect(hasStarted)
            try await proxy.reset()
            let error = await #expect(throws: TransportError.self) { try await caller.value }
            #expect(error?.code == .transport && error?.reason == .lost)
            #expect(try await pool.session.run(shell("cat /tmp/starts; rm /tmp/starts")).output == "start\n")
            #expect(await pool.counters.failures == [.lost: 1])
        },
        TransportCase("P4", "a caller cancelled while half of an answer is there costs at most its own connection") {
            site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint)
            let others = try await pool.open(2)
            let before = await pool.counters.connects
            for bytes in [1, 7, 30] {
                try await proxy.cutNext(after: bytes)
                let cancelled = Task { try await pool.session.talk(["/bin/cat"]) }
                try await proxy.wait(for: "half an answer") { $0.hasCut || $0.accepted > before }
                cancelled.cancel()
                await #expect(throws: CancellationError.self) { try await cancelled.value }
                try await proxy.release()
                for talk in others { try await talk.echo("after \(bytes)") }
                #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            }
            let counters = await pool.counters
            #expect(counters.failures == [:])
            // Where connections are shared, not even that.
            if site.channelsPerConnection > 1 { #expect(counters.connects == before) }
            #expect(try await pool.isForgotten(but: 2))
        },
        TransportCase("P4", "a caller whose channel does not open in time is served elsewhere") {
            site in
            let (proxy, endpoint) = try await site.proxied()
            var impatient = endpoint
            impatient.connectTimeout = 2
            let pool = try await site.pool(impatient)
            let others = try await pool.open(1)
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            let before = await pool.counters.connects
            try await proxy.hold()
            // As of a connection that died long ago without a word.
            #expect(try await pool.session.run(shell("echo elsewhere")).output == "elsewhere\n")
            // It is given nothing more, and what is open on it goes on.
            #expect(try await pool.session.run(shell("echo here")).output == "here\n")
            #expect(await pool.counters.connects == before + 1)
            try await proxy.release()
            try await others[0].echo("still here")
            let ends = try await others.finish()
            #expect(ends == [.code(0)])
            let isShared = site.channelsPerConnection > 1
            try await pool.wait("the connection's end") { $0.open == (isShared ? 1 : 2) && $0.closing == 0 }
            #expect(await pool.counters.failures == [.channel: 1])
        },
        TransportCase("P4.refused", "nothing is kept of a cancelled caller whose channel the host then refuses") {
            site in
            let server = try await site.server(.init(environment: ["MAX_SESSIONS": "1"]))
            let (proxy, endpoint) = try await site.proxied(to: server)
            let pool = try await site.pool(endpoint)
            let others = try await pool.open(1)
            let before = proxy.seen.pieces
            try await proxy.hold()
            let cancelled = Task { try await pool.session.talk(["/bin/cat"]) }
            try await proxy.wait(for: "the question") { $0.pieces > before }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            try await proxy.release()
            try await pool.wait("the refusal") { $0.failures == [.refused: 1] && $0.channels == 1 }
            #expect(try await pool.isForgotten(but: 1))
            try await others[0].echo("still here")
        },
    ]

    /// The same way, with a keepalive of seconds.
    private static func quick(_ endpoint: SSHEndpoint) -> SSHEndpoint {
        var endpoint = endpoint
        (endpoint.keepaliveInterval, endpoint.keepaliveCount) = (1, 2)
        return endpoint
    }
}
