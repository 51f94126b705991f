import FleetTransport
import Foundation
import TestServers
import Testing

@testable import FleetLibSSH2

/// P2: many callers of a host that nobody is connected to.
extension TransportCase {
    static let poolStartCases: [TransportCase] = [
        TransportCase("P2.cold", "200 callers of a cold host with MaxStartups 10:30:100 are all served") { site in
            let server = try await site.server(.init(environment: ["MAX_STARTUPS": "10:30:100"]))
            let pool = try await site.pool(site.endpoint(on: server))
            let talks = try await pool.open(200)
            let counters = await pool.counters
            #expect(counters.channels == 200 && counters.waiting == 0)
            #expect(counters.open == 200 / PoolSettings().softChannelLimit)
            for (number, talk) in talks.enumerated() { try await talk.send("line of \(number)\n") }
            let ends = try await talks.finish()
            for (number, talk) in talks.enumerated() { #expect(talk.text == "line of \(number)\n") }
            #expect(ends == Array(repeating: .code(0), count: 200))
        },
        TransportCase("P2.eight", "one handshake begins, more follow those that succeed, and never more than eight") {
            site in
            // sshd counts some longer than we do, and is not to refuse any.
            let server = try await site.server(.init(environment: ["MAX_STARTUPS": "100:30:200"]))
            let (proxy, endpoint) = try await site.proxied(to: server)
            proxy.holdNew()
            let pool = try await site.pool(endpoint) { $0.softChannelLimit = 1 }
            let opening = Task { try await pool.open(24) }
            for wave in [1, 2, 4, 8, 8, 1] {
                try await pool.wait("\(wave) handshakes") { $0.connecting == wave }
                try await proxy.wait(for: "\(wave) connections") { $0.held >= wave }
                #expect(try await proxy.release(holdsNew: true) == wave)
            }
            #expect(await pool.counters.failures == [:])
            let talks = try await opening.value
            #expect(proxy.seen.accepted == 24)
            let ends = try await talks.finish()
            #expect(ends == Array(repeating: .code(0), count: 24))
        },
        TransportCase("P2.jump", "forty cold hosts behind one jump host with MaxStartups 10:30:100 are all served") {
            site in
            let hops = try await Hops(site)
            let target = try await site.server(.init(environment: ["MAX_STARTUPS": "1000"]))
            let jump = try await site.server(.init(environment: ["MAX_STARTUPS": "10:30:100"]))
            let client = NativeClient(eventLoop: TestLoops.next())
            try await withThrowingTaskGroup { group in
                for number in 0..<40 {
                    var endpoint = hops.endpoint(site)
                    (endpoint.host, endpoint.proxyJump) = (target.address, "codewhale@\(jump.address):22")
                    // Makes it a host of its own to the pools.
                    endpoint.connectTimeout = 20 + Double(number) / 100
                    let transport = LibSSH2Transport(endpoint: endpoint, environment: site.environment, client: client)
                    let session = try await transport.connect()
                    site.keep(session)
                    group.addTask {
                        let output = try await session.run(shell("echo here")).output
                        #expect(output == "here\n")
                    }
                }
                try await group.waitForAll()
            }
        },
        TransportCase("P2", "who waits too long is told why no connection comes about") { site in
            let server = try await site.server(.init(name: "stopped"))
            var endpoint = site.endpoint(on: server)
            (endpoint.host, endpoint.port, endpoint.connectTimeout) = (server.address, 22, 1)
            let pool = try await site.pool(endpoint) {
                $0.softChannelLimit = 1
                $0.patience = .seconds(3)
            }
            let talks = try await pool.open(1)
            try await server.execute(["server", "stop"])
            site.onEnd { try await server.execute(["server", "start"]) }
            let error = await #expect(throws: TransportError.self) { try await pool.session.talk(["/bin/cat"]) }
            #expect(error?.reason == .refused, "\(String(describing: error))")
            #expect(await pool.counters.failures[.connect(.unreachable)] ?? 0 > 1)
            try await talks[0].echo("still here")
        },
        TransportCase("P2.burst", "handshakes that the host refuses because of others are made again, all are served") {
            site in
            // dropbear takes five of an address that have not authenticated.
            let isDropbear = try site.server.kind == .dropbear
            let server = try await site.server(.init(environment: isDropbear ? [:] : ["MAX_STARTUPS": "2:100:2"]))
            let pool = try await site.pool(site.endpoint(on: server)) { $0.softChannelLimit = 1 }
            let talks = try await pool.open(32)
            let counters = await pool.counters
            #expect(counters.open == 32 && counters.waiting == 0)
            // sshd says that it is busy, dropbear nothing at all.
            let refused = [.dropped, .busy].reduce(0) { $0 + (counters.failures[.connect($1)] ?? 0) }
            #expect(counters.connects == 32 + refused)
            #expect(isDropbear || refused > 0)
            for (number, talk) in talks.enumerated() { try await talk.send("line of \(number)\n") }
            let ends = try await talks.finish()
            for (number, talk) in talks.enumerated() { #expect(talk.text == "line of \(number)\n") }
            #expect(ends == Array(repeating: .code(0), count: 32))
        },
    ]
}
