import Foundation

/// The seed of this run, by which the order of cases can be had again: `CODEWHALE_TEST_SEED=… ./Scripts/test`.
enum Seed {
    static let value: UInt64 = {
        let given = ProcessInfo.processInfo.environment["CODEWHALE_TEST_SEED"].flatMap { UInt64($0) }
        return given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    }()
}

/// SplitMix64: small, and the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
