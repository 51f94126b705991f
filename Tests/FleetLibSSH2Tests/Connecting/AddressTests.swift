import FleetTransport
import NIOConcurrencyHelpers
import NIOCore
import TestServers
import Testing

@testable import FleetLibSSH2

/// Names that have several addresses, or another one from time to time.
@Suite("Addresses", .timeLimit(.minutes(1)))
struct AddressTests {
    /// Another address of this machine than that of the servers.
    private static let other = "127.0.0.2"

    @Test("a host whose first address is dead is reached by its second", arguments: [false, true])
    func deadFirst(_ isSilent: Bool) async throws {
        let port = try await ClientBench().port
        let silent = isSilent ? try SilentAddress(Self.other, port: port) : nil
        defer { silent?.stop() }
        let connector = try await makeConnector(
            NameLookup { _, port in
                try [Self.other, "127.0.0.1"].map { try SocketAddress(ipAddress: $0, port: port) }
            }
        )
        // Who asks the host for its key has reached it.
        let error = await #expect(throws: TransportError.self) {
            try await connector.connect(OddPort.route("two.test", port: port))
        }
        #expect(error?.reason == .unknownHostKey, "\(String(describing: error))")
    }

    @Test("all tries with a pinned key are over within one time, and the host's other key is the reason")
    func pinned() async throws {
        let port = try await ClientBench().port
        let silent = try SilentAddress(Self.other, port: port)
        defer { silent.stop() }
        let questions = NIOLockedValueBox(0)
        let connector = try await makeConnector(
            NameLookup { _, port in
                let number = questions.withLockedValue { count in
                    count += 1
                    return count
                }
                return [try SocketAddress(ipAddress: number == 1 ? "127.0.0.1" : Self.other, port: port)]
            }
        )
        var route = OddPort.route("moody.test", port: port, connectTimeout: 2)
        route.hops[0].pin = "SHA256:" + String(repeating: "A", count: 43)
        let start = ContinuousClock.now
        let error = await #expect(throws: TransportError.self) { try await connector.connect(route) }
        #expect(error?.reason == .pinMismatch, "\(String(describing: error))")
        #expect(start.duration(to: .now) < .seconds(4))
        #expect(questions.withLockedValue { $0 } == 2)
    }

    @Test("what one of them waits for its turn is none of the others' time")
    func turn() async throws {
        let port = try await ClientBench().port
        let questions = NIOLockedValueBox(0)
        let connector = try await makeConnector(
            NameLookup { _, port in
                questions.withLockedValue { $0 += 1 }
                return [try SocketAddress(ipAddress: "127.0.0.1", port: port)]
            }
        )
        var route = OddPort.route("moody.test", port: port, connectTimeout: 2)
        route.hops[0].pin = "SHA256:" + String(repeating: "A", count: 43)
        let eventLoop = connector.eventLoop
        let leave = ConnectLeave(
            enter: {},
            rest: {},
            resume: {
                guard questions.withLockedValue({ $0 }) == 1 else { return eventLoop.makeSucceededVoidFuture() }
                return eventLoop.scheduleTask(in: .seconds(3)) {}.futureResult
            }
        )
        let error = await #expect(throws: TransportError.self) { try await connector.connect(route, leave) }
        #expect(error?.reason == .pinMismatch, "\(String(describing: error))")
        #expect(questions.withLockedValue { $0 } > 1)
    }
}
