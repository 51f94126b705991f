import Foundation
import NIOCore
import TestServers

/// An address of the loopback interface that answers no connection on a port: its queue is full, and nobody takes any.
struct SilentAddress {
    private let descriptors: [Int32]

    /// Takes the port at the address.
    init(_ address: String, port: Int) throws {
        let place = try SocketAddress(ipAddress: address, port: port)
        let server = try Self.socket(isBlocking: true)
        guard place.withSockAddr({ bind(server, $0, socklen_t($1)) }) == 0, listen(server, 0) == 0 else {
            throw Command.Failure("the port \(port) of \(address) cannot be had")
        }
        var all = [server]
        // The first fills the queue; the others show that it is full.
        for _ in 0..<3 {
            let client = try Self.socket(isBlocking: false)
            _ = place.withSockAddr { connect(client, $0, socklen_t($1)) }
            all.append(client)
        }
        descriptors = all
    }

    /// Its socket, for somebody who answers from now on.
    func listener() -> Int32 {
        for descriptor in descriptors.dropFirst() { close(descriptor) }
        return descriptors[0]
    }

    /// Gives it back.
    func stop() { for descriptor in descriptors { close(descriptor) } }

    private static func socket(isBlocking: Bool) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Foundation.socket(AF_INET, kind | (isBlocking ? 0 : Int32(SOCK_NONBLOCK.rawValue)), 0)
        guard descriptor >= 0 else { throw Command.Failure("no socket") }
        return descriptor
    }
}
