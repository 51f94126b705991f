import FleetTransport
import NIOCore
import Testing

@testable import FleetLibSSH2

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Which of several addresses' errors is told.
@Suite struct DialFailureTests {
    @Test(
        arguments: [
            ([ENETUNREACH, ECONNREFUSED], .refused), ([ECONNREFUSED, ENETUNREACH], .refused),
            ([EHOSTUNREACH, ETIMEDOUT, ENETUNREACH], .timeout), ([ENETUNREACH, ECONNRESET], .closed),
            ([ENETUNREACH, EHOSTUNREACH], .unreachable), ([], nil),
        ] as [([Int32], TransportError.Reason?)]
    )
    func theMostTellingErrorIsTold(_ codes: [Int32], _ reason: TransportError.Reason?) {
        let errors = codes.map { IOError(errnoCode: $0, reason: "connect") }
        #expect(DialFailure.mostTelling(errors)?.0 == reason)
    }
}
