import FleetTransport
import Foundation
import TestServers
import Testing

@testable import FleetLibSSH2

/// P5: a pool that is shut down.
extension TransportCase {
    static let poolEndCases: [TransportCase] = [
        TransportCase("P5", "closing waits for commands that end with their input, and knows how they ended") { site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint)
            var talks: [Talk] = []
            for number in 0..<3 {
                talks.append(try await pool.session.talk(shell("echo here; cat; exit $1", "\(number)")))
                try await talks[number].wait(for: "here")
            }
            await pool.session.close()
            for (number, talk) in talks.enumerated() {
                #expect(try await talk.end().status == .code(Int32(number)))
            }
            try await proxy.wait(for: "the close") { $0.active == 0 }
        },
        TransportCase("P5", "closing does not wait long for a command that goes on") { site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint)
            let talk = try await pool.session.talk(shell("echo $$.; exec sleep 600"))
            try await talk.wait(for: ".")
            let start = ContinuousClock.now
            await pool.session.close()
            #expect(start.duration(to: .now) < .seconds(4))
            try await proxy.wait(for: "the close") { $0.active == 0 }
            try await site.server.execute(["kill", "\(talk.text.prefix { $0 != "." })"])
        },
        TransportCase("P5", "closing does not wait long for a host that has fallen silent") { site in
            let (proxy, endpoint) = try await site.proxied()
            let pool = try await site.pool(endpoint)
            let talks = try await pool.open(2)
            let before = proxy.seen.pieces
            try await proxy.hold()
            let opening = Task { try await pool.session.talk(["/bin/cat"]) }
            try await proxy.wait(for: "a question") { $0.pieces > before || $0.accepted > talks.count }
            let start = ContinuousClock.now
            await pool.session.close()
            #expect(start.duration(to: .now) < .seconds(4))
            for talk in talks { #expect(try await talk.end().status == .unknown) }
            let error = await #expect(throws: TransportError.self) { try await opening.value }
            #expect(error?.code == .transport)
        },
        TransportCase("P5", "who waits when the pool is closed is told at once, and so is who comes later") { site in
            let pool = try await site.pool {
                $0.softChannelLimit = 1
                $0.connectionLimit = 1
            }
            let talks = try await pool.open(1)
            let waiting = Task { try await pool.session.talk(["/bin/cat"]) }
            try await pool.wait("a caller that waits") { $0.waiting == 1 }
            await pool.session.close()
            for task in [waiting, Task { try await pool.session.talk(["/bin/cat"]) }] {
                let error = await #expect(throws: TransportError.self) { try await task.value }
                #expect(error?.code == .transport)
            }
            #expect(try await talks[0].end().status == .code(0))
        },
        TransportCase("P5", "a session that is closed leaves those of others on the same connection") { site in
            let pool = try await site.pool()
            let another = try await pool.another()
            let own = try await pool.open(1)
            let other = try await another.talk(["/bin/cat"])
            await pool.session.close()
            #expect(try await own[0].end().status == .code(0))
            try await other.echo("still here")
            #expect(try await another.run(shell("echo here")).output == "here\n")
        },
    ]
}
