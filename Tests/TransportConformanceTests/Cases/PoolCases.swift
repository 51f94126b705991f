import FleetTransport
import Foundation
import TestServers
import Testing

@testable import FleetLibSSH2

/// P1 and P6: how many connections there are, and what is counted of them.
extension TransportCase {
    static let poolCases: [TransportCase] =
        [
            TransportCase("P1", "one connection serves all callers until its channels are used up") { site in
                let most = site.channelsPerConnection
                let pool = try await site.pool()
                let another = try await pool.another()
                // One after the other, and over two sessions of the endpoint.
                for session in [pool.session, another, pool.session] {
                    #expect(try await session.run(shell("echo here")).output == "here\n")
                }
                #expect(await pool.counters.connects == 1)
                // At once, as many as it takes.
                let first = try await pool.open(most)
                #expect(await pool.counters.connects == 1)
                #expect(await pool.counters.channels == most)
                // One more takes another; both serve, each its own.
                let more = try await another.talk(["/bin/cat"])
                #expect(await pool.counters.connects == 2)
                for (number, talk) in (first + [more]).enumerated() { try await talk.echo("line of \(number)\n") }
                for (number, talk) in (first + [more]).enumerated() { #expect(talk.text == "line of \(number)\n") }
                let ends = try await (first + [more]).finish()
                #expect(ends == Array(repeating: .code(0), count: most + 1))
            },
            TransportCase("P1", "connections that carry nothing are closed, and the first in use stays") { site in
                let (proxy, endpoint) = try await site.proxied()
                let pool = try await site.pool(endpoint) {
                    $0.softChannelLimit = 1
                    $0.idleTimeout = .seconds(1)
                }
                let stays = try await pool.open(1)
                let talks = try await pool.open(3)
                #expect(proxy.seen.active == 4)
                _ = try await talks.finish()
                try await pool.wait("one connection") { $0.open == 1 && $0.closing == 0 }
                try await proxy.wait(for: "one connection") { $0.active == 1 }
                try await stays[0].echo("still here")
                // Who comes now finds a connection all the same.
                #expect(try await pool.session.run(shell("echo here")).output == "here\n")
                #expect(await pool.counters.failures == [:])
            },
        ]
        + [2, 1]
        .map { limit in
            TransportCase("P1.sessions", "a refusal teaches that a connection takes \(limit)") { site in
                let server = try await site.server(.init(environment: ["MAX_SESSIONS": "\(limit)"]))
                let pool = try await site.pool(site.endpoint(on: server))
                let first = try await pool.open(6)
                var counters = await pool.counters
                #expect(counters.channelLimit == limit)
                #expect(counters.open == 6 / limit && counters.connects == counters.open && counters.channels == 6)
                let refused = counters.failures[.refused] ?? 0
                #expect(refused > 0)
                // What was learnt holds for connections that come later, and nobody is refused for it again.
                let more = try await pool.open(4)
                counters = await pool.counters
                #expect(counters.open == 10 / limit && counters.connects == counters.open && counters.channels == 10)
                #expect(counters.failures == [.refused: refused])
                for (number, talk) in (first + more).enumerated() { try await talk.echo("line of \(number)\n") }
                for (number, talk) in (first + more).enumerated() { #expect(talk.text == "line of \(number)\n") }
                let ends = try await (first + more).finish()
                #expect(ends == Array(repeating: .code(0), count: 10))
            }
        }
        + [2, 1]
        .map { limit in
            TransportCase("P1.sessions", "a place that comes free is taken, where a connection takes \(limit)") {
                site in
                let server = try await site.server(.init(environment: ["MAX_SESSIONS": "\(limit)"]))
                let pool = try await site.pool(site.endpoint(on: server)) {
                    ($0.softChannelLimit, $0.connectionLimit) = (limit, 1)
                }
                // Each comes at the heels of one that ends, which the host has not seen to yet.
                let outputs = try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<60 {
                        group.addTask { try await pool.session.run(shell("echo \(number)")).output }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outputs.sorted() == (0..<60).map { "\($0)\n" }.sorted())
                let counters = await pool.counters
                #expect(counters.connects == 1)
                #expect(counters.failures == [:])
                #expect(counters.channelLimit == nil)
            }
        } + [
            TransportCase("P6", "connections, channels, callers, connects and failures are counted") { site in
                let (proxy, endpoint) = try await site.proxied()
                let pool = try await site.pool(endpoint) {
                    $0.softChannelLimit = 1
                    $0.connectionLimit = 2
                }
                var expected = PoolCounters()
                #expect(await pool.counters == expected)
                // Two are served, and one waits for either.
                let talks = try await pool.open(2)
                let waiting = Task { try await pool.session.talk(["/bin/cat"]) }
                try await pool.wait("a caller that waits") { $0.waiting == 1 }
                (expected.open, expected.channels, expected.waiting, expected.connects) = (2, 2, 1, 2)
                #expect(await pool.counters == expected)
                _ = try await [talks[0]].finish()
                let third = try await waiting.value
                _ = try await [talks[1]].finish()
                try await pool.wait("an idle connection") { $0.channels == 1 }
                (expected.idle, expected.channels, expected.waiting) = (1, 1, 0)
                #expect(await pool.counters == expected)
                // Both are lost: with one of them its channel.
                try await proxy.reset()
                #expect(try await third.end().status == .unknown)
                try await pool.wait("two losses") { $0.failures == [.lost: 2] && $0.closing == 0 }
                (expected.open, expected.idle, expected.channels, expected.failures) = (0, 0, 0, [.lost: 2])
                #expect(await pool.counters == expected)
            },
            TransportCase("P6", "handshakes that fail are counted by their class") { site in
                var endpoint = site.endpoint()
                endpoint.identity = site.keys.file("unknown")
                let denied = try await site.pool(endpoint)
                for _ in 0..<2 {
                    await #expect(throws: TransportError.self) { try await denied.session.talk(["/bin/cat"]) }
                }
                #expect(await denied.counters.failures == [.connect(.authentication): 2])
                #expect(await denied.counters.connects == 2)

                endpoint = site.endpoint()
                endpoint.knownHosts = try site.write("none known", "")
                let unknown = try await site.pool(endpoint)
                await #expect(throws: TransportError.self) { try await unknown.session.talk(["/bin/cat"]) }
                #expect(await unknown.counters.failures == [.connect(.hostKey): 1])

                endpoint = site.endpoint()
                endpoint.port = try OddServer.reserve(site)
                let nobody = try await site.pool(endpoint)
                await #expect(throws: TransportError.self) { try await nobody.session.talk(["/bin/cat"]) }
                #expect(await nobody.counters.failures == [.connect(.unreachable): 1])
            },
        ]
}
