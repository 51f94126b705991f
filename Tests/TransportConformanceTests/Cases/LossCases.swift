import FleetTransport
import Foundation
import TestServers
import Testing

/// T9: a connection that is lost is noticed, told to everybody once, and the next one works.
extension TransportCase {
    static let lossCases: [TransportCase] = [
        TransportCase("T9", "the server's process is killed") { site in
            let server = try site.server
            try await lose(site, site.endpoint(), within: 2) { try await server.drop() }
        },
        TransportCase("T9", "the host is paused") { site in
            let server = try site.server
            try await lose(site, site.endpoint(), within: 6) {
                try await server.pause()
            } isSilentUntil: {
                try await server.unpause()
            }
        },
        TransportCase("T9", "the network is cut, both directions silent") { site in
            let server = try await site.server(.init(name: "cut"))
            var endpoint = site.endpoint(on: server)
            (endpoint.host, endpoint.port) = (server.address, 22)
            try await lose(site, endpoint, within: 6) {
                try await server.cut()
            } isSilentUntil: {
                try await server.mend()
            }
        },
        TransportCase("T9", "the connection is reset") { site in
            let (proxy, endpoint) = try await site.proxied()
            try await lose(site, endpoint, within: 2) { try await proxy.reset() }
        },
    ]

    /// Takes the host away from under three channels, and looks at what becomes of them and of the next.
    private static func lose(
        _ site: TransportSite,
        _ endpoint: SSHEndpoint,
        within seconds: Double,
        _ takeAway: () async throws -> Void,
        isSilentUntil giveBack: (() async throws -> Void)? = nil
    ) async throws {
        var endpoint = endpoint
        (endpoint.keepaliveInterval, endpoint.keepaliveCount, endpoint.connectTimeout) = (1, 2, 2)
        let session = try await site.connect(endpoint)
        // Each says once that it was started.
        let script = shell(
            "echo \"start $1\" >> /tmp/starts; echo here; read line && echo \"never $1\" >> /tmp/starts",
            ""
        )
        var talks: [Talk] = []
        for number in 0..<3 {
            talks.append(try await session.talk(script.dropLast() + ["\(number)"]))
            try await talks[number].wait(for: "here")
        }
        // Whichever server it is.
        site.onEnd {
            for server in await TestServers.shared.running() { try await server.execute(["rm", "-f", "/tmp/starts"]) }
        }
        let start = ContinuousClock.now
        try await takeAway()
        do {
            for talk in talks {
                #expect(try await talk.end().status == .unknown)
                #expect(talk.heard.value.isOver && talk.text == "here\n")
            }
            #expect(start.duration(to: .now) < .seconds(seconds + 2))
            if giveBack != nil {
                let error = await #expect(throws: TransportError.self) {
                    try await session.talk(script.dropLast() + ["while it was away"])
                }
                #expect(error?.code == .transport)
            }
        } catch {
            try await giveBack?()
            throw error
        }
        try await giveBack?()
        // The same session works again, and what was sent once was not sent again.
        let (output, end) = try await session.run(shell("cat /tmp/starts; rm -f /tmp/starts; echo back"))
        #expect(output.hasSuffix("back\n") && end.status == .code(0))
        let starts = output.split(separator: "\n").dropLast().sorted()
        #expect(starts == ["start 0", "start 1", "start 2"])
    }
}
