import FleetTransport
import Foundation
import TestServers
import Testing

/// T8: many channels at once, each with its own bytes.
extension TransportCase {
    static let manyCases: [TransportCase] =
        [1, 8, 64]
        .map { count in
            TransportCase("T8", "\(count) channels at once") { site in try await many(site, count, site.endpoint()) }
        }
        + [(8, "2"), (64, "2"), (8, "1"), (64, "1")]
        .map { count, sessions in
            TransportCase("T8.sessions", "\(count) channels at once where a connection takes \(sessions)") { site in
                let server = try await site.server(.init(environment: ["MAX_SESSIONS": sessions]))
                try await many(site, count, site.endpoint(on: server))
            }
        } + [
            TransportCase("T8.left", "channels that were left count until the host has closed them") { site in
                // Its own, so that nothing else has taught how many it takes.
                let server = try await site.server(.init(environment: ["MAX_SESSIONS": "3"], name: "left"))
                let session = try await site.connect(site.endpoint(on: server))
                let busy = try await session.talk(shell("while echo line; do :; done"))
                for _ in 0..<10 {
                    let left = try await [
                        session.talk(["/bin/cat"]), session.talk(shell("while echo line; do :; done")),
                    ]
                    for talk in left { talk.leave() }
                    for talk in left { _ = try await talk.end() }
                }
                let limit = await (session as? any LimitedSession)?.channelLimit
                #expect(limit == nil || limit == 3)
                busy.leave()
            }
        ]

    private static func many(_ site: TransportSite, _ count: Int, _ endpoint: SSHEndpoint) async throws {
        var endpoint = endpoint
        // How long a busy machine takes to open so many is not what is asked here.
        endpoint.connectTimeout = 60
        let session = try await site.connect(endpoint)
        // All of them are open before the first is answered.
        let talks = try await withThrowingTaskGroup(of: (Int, Talk).self) { group in
            for number in 0..<count {
                group.addTask {
                    let talk = try await session.talk(shell("read line; echo \"$1 $line\"; cat; exit $1", "\(number)"))
                    return (number, talk)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(talks.count == count)
        for (number, talk) in talks.shuffled() {
            try await talk.send("line of \(number)\nand more of \(number)\n")
            try await talk.finish()
        }
        for (number, talk) in talks {
            try await talk.over()
            #expect(talk.text == "\(number) line of \(number)\nand more of \(number)\n")
            #expect(try await talk.end().status == .code(Int32(number)))
        }
        // Once they are gone there is room again.
        #expect(try await session.run(shell("echo again")).output == "again\n")
    }
}
