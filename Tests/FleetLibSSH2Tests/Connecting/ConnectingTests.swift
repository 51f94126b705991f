import FleetTransport
import NIOCore
import NIOPosix
import Testing

@testable import FleetLibSSH2

/// What becomes of connection attempts to hosts that are no help.
@Suite("Connecting", .timeLimit(.minutes(1)))
struct ConnectingTests {
    private static let banner = Array("SSH-2.0-test\r\n".utf8)

    @Test("a host that floods before it has said who it is, is left while it is small")
    func flood() async throws {
        // Messages of a type that nobody knows (RFC 4253, section 6): 1,000 bytes, of which the library keeps every one.
        let packet: [UInt8] = [0, 0, 3, 0xf0, 4, 192] + [UInt8](repeating: 0, count: 1_006)
        let port = try await OddPort.start(Self.banner, thenFlood: (0..<16).flatMap { _ in packet })
        let connector = try await makeConnector()
        let start = ContinuousClock.now
        let error = await #expect(throws: TransportError.self) { try await connector.connect(port.route()) }
        #expect(error?.code == .transport && error?.reason == .closed)
        #expect(start.duration(to: .now) < .seconds(8))
        try await port.stop()
    }

    @Test("a host that wants answers without end, and takes none, is left while few wait for it")
    func deaf() async throws {
        // Requests of a name that nobody knows (RFC 4254, section 4), each of which the library answers by itself.
        let packet: [UInt8] = [0, 0, 0, 12, 5, 80, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 5)
        let flood = (0..<1_024).flatMap { _ in packet }
        let port = try await OddPort.start(Self.banner, thenFlood: flood, isDeaf: true)
        let connector = try await makeConnector()
        let error = await #expect(throws: TransportError.self) {
            try await connector.connect(port.route(connectTimeout: 50))
        }
        // Not because it took too long.
        #expect(error?.code == .transport && error?.reason == .closed)
        try await port.stop()
    }

    @Test("a name that no server answers for holds up no other")
    func silentName() async throws {
        let port = try await OddPort.start(Self.banner)
        let gate = Gate()
        let connector = try await makeConnector(
            NameLookup { host, port in
                if host == "silent.test" { gate.wait() }
                return [try SocketAddress(ipAddress: "127.0.0.1", port: port)]
            }
        )
        // More who ask for it than there are threads.
        let silent = (0..<40)
            .map { _ in
                Task { try await connector.connect(port.route("silent.test", connectTimeout: 0.2)) }
            }
        for task in silent {
            let error = await #expect(throws: TransportError.self) { try await task.value }
            #expect(error?.reason == .timeout)
        }
        for name in (0..<20).map({ "host-\($0).test" }) + ["127.0.0.1"] {
            let error = await #expect(throws: TransportError.self) {
                try await connector.connect(port.route(name, connectTimeout: 2))
            }
            #expect(error?.reason == .closed, "\(name)")
        }
        gate.open()
        try await port.stop()
    }

    @Test("a name has the addresses of the family that the configuration wants", arguments: [4, 6])
    func family(_ version: Int) async throws {
        let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let lookup = NameLookup { _, port in
            [try SocketAddress(ipAddress: "127.0.0.1", port: port), try SocketAddress(ipAddress: "::1", port: port)]
        }
        let resolver = HostResolver(lookup: lookup, family: version == 4 ? .inet : .inet6, eventLoop: eventLoop)
        let old = try await resolver.initiateAQuery(host: "h", port: 1).get().compactMap(\.ipAddress)
        let new = try await resolver.initiateAAAAQuery(host: "h", port: 1).get().compactMap(\.ipAddress)
        #expect((old, new) == (version == 4 ? (["127.0.0.1"], []) : ([], ["::1"])))
    }

    @Test("a fault of the key exchange is told apart from a connection that ends in it", arguments: [false, true])
    func keyExchange(_ isOver: Bool) throws {
        let session = try #require(SessionHandle())
        let fault = LibSSH2Error(-8, of: session.pointer)
        let error = HandshakeFailure.error(fault, firstBytes: Self.banner, isOver: isOver, host: "h") as? TransportError
        #expect(error?.reason == (isOver ? .closed : .negotiation))
    }
}
