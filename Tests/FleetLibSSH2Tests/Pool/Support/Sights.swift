@testable import FleetLibSSH2

/// What has come up in histories: they prove something only of what they reach.
struct Sights {
    /// What can come up.
    enum Sight: Int, CaseIterable {
        case reserve
        case unreserve
        case connect
        case open
        case serve
        case lose
        case abandon
        case closeChannel
        case ping
        case close
        case cut
        case wake
        case finished
        case finishedWithLeftovers
        case authentication
        case hostKey
        case configuration
        case unreachable
        case timeout
        case dropped
        case lost
        case refused
        case channel
        case impatient
        case closed
        case cancelled
        case started
    }

    private var bits: UInt64 = 0

    /// What has not come up.
    var missing: [Sight] { Sight.allCases.filter { bits & 1 << $0.rawValue == 0 } }

    /// Notes what a pool wants done.
    mutating func note(_ action: PoolAction) { bits |= 1 << Self.sight(of: action).rawValue }

    /// Notes what came up besides.
    mutating func note(_ sight: Sight) { bits |= 1 << sight.rawValue }

    /// Adds what came up elsewhere.
    mutating func add(_ others: Sights) { bits |= others.bits }

    private static func sight(of action: PoolAction) -> Sight {
        switch action {
        case .reserve: .reserve
        case .unreserve: .unreserve
        case .connect: .connect
        case .open: .open
        case .serve: .serve
        case .lose: .lose
        case .abandon: .abandon
        case .closeChannel: .closeChannel
        case .ping: .ping
        case .close(_, let isAbrupt): isAbrupt ? .cut : .close
        case .wake: .wake
        case .finished(let left): left > 0 ? .finishedWithLeftovers : .finished
        case .fail(_, let failure): sight(of: failure.kind)
        }
    }

    private static func sight(of kind: PoolFailure.Kind) -> Sight {
        switch kind {
        case .connect(.authentication): .authentication
        case .connect(.hostKey): .hostKey
        case .connect(.configuration): .configuration
        case .connect(.unreachable): .unreachable
        case .connect(.timeout): .timeout
        case .connect(.dropped), .connect(.busy): .dropped
        case .lost: .lost
        case .refused: .refused
        case .channel: .channel
        case .impatient: .impatient
        case .closed: .closed
        case .cancelled: .cancelled
        }
    }
}
