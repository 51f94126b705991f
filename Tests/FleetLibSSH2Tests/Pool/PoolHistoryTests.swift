import Foundation
import TestSupport
import Testing

@testable import FleetLibSSH2

/// Random histories of a pool, with whatever may happen to it, against what must hold in every one.
///
/// `CODEWHALE_TEST_SEED` plays one alone, `CODEWHALE_TEST_THOROUGH` many more.
@Suite struct PoolHistoryTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["CODEWHALE_TEST_SEED"].flatMap { UInt64($0) }

    /// How many are played: as many as take a few seconds.
    private static var count: Int {
        if seed != nil { return 1 }
        if environment["CODEWHALE_TEST_THOROUGH"] != nil { return 100_000 }
        #if DEBUG
        return 2_500
        #else
        return 15_000
        #endif
    }

    @Test func nobodyIsLostNothingIsExceededAndNothingIsLeft() {
        var generator = SystemRandomNumberGenerator()
        var sights = Sights()
        for _ in 0..<Self.count {
            let seed = Self.seed ?? generator.next()
            let history = History(seed: seed)
            history.play()
            sights.add(history.sights)
            if history.faults.isEmpty { continue }
            Issue.record("CODEWHALE_TEST_SEED=\(seed): \(history.faults.joined(separator: "\n"))")
            return
        }
        if Self.seed == nil { #expect(sights.missing.isEmpty) }
    }
}
