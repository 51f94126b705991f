import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Looks up the addresses of names, many at once: a name that no server answers for holds up no other.
final class NameLookup: Sendable {
    /// Which addresses count (`AddressFamily` in `ssh_config(5)`).
    enum Family: String, Sendable, Hashable {
        case any, inet, inet6
    }

    private struct Question: Hashable {
        let host: String
        let port: Int
    }

    private let ask: @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]
    /// Who asks for a name that is being asked for waits with the first, on no further thread.
    private let asked = NIOLockedValueBox<[Question: EventLoopFuture<[SocketAddress]>]>([:])

    /// A lookup that asks by a function, which may block.
    init(ask: @escaping @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]) { self.ask = ask }

    /// The system's (`getaddrinfo(3)`).
    static let system = NameLookup(ask: systemAddresses)

    /// The addresses of a name.
    func addresses(of host: String, port: Int, on eventLoop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        let question = Question(host: host, port: port)
        let promise = eventLoop.makePromise(of: [SocketAddress].self)
        let earlier = asked.withLockedValue { asked -> EventLoopFuture<[SocketAddress]>? in
            if let earlier = asked[question] { return earlier }
            asked[question] = promise.futureResult
            return nil
        }
        guard earlier == nil else {
            // Its own promise is not left unfulfilled.
            earlier?.hop(to: eventLoop).cascade(to: promise)
            return promise.futureResult
        }
        BlockingCalls.names.runIfActive(eventLoop: eventLoop) { [ask] in try ask(host, port) }
            .whenComplete { [self] result in
                asked.withLockedValue { $0[question] = nil }
                promise.completeWith(result)
            }
        return promise.futureResult
    }

    /// The name has no address.
    struct Unknown: Error {}

    @Sendable private static func systemAddresses(_ host: String, _ port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { throw Unknown() }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let info = next?.pointee {
            next = info.ai_next
            guard let address = info.ai_addr else { continue }
            switch info.ai_family {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    addresses.append(SocketAddress($0.pointee, host: host))
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    addresses.append(SocketAddress($0.pointee, host: host))
                }
            default: continue
            }
        }
        return addresses
    }
}

/// One name's lookup, as connecting asks for it: both kinds of addresses at once.
struct HostResolver: Resolver {
    let lookup: NameLookup
    let family: NameLookup.Family
    let eventLoop: any EventLoop

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses(host, port, .inet) { if case .v4 = $0 { true } else { false } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses(host, port, .inet6) { if case .v6 = $0 { true } else { false } }
    }

    /// A call that blocks cannot be taken back; what it gives is dropped.
    func cancelQueries() {}

    private func addresses(
        _ host: String,
        _ port: Int,
        _ kind: NameLookup.Family,
        _ isOfKind: @escaping @Sendable (SocketAddress) -> Bool
    ) -> EventLoopFuture<[SocketAddress]> {
        guard family == .any || family == kind else { return eventLoop.makeSucceededFuture([]) }
        return lookup.addresses(of: host, port: port, on: eventLoop).map { $0.filter(isOfKind) }
    }
}
