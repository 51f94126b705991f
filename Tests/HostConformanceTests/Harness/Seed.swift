import Foundation

/// The seed of this run, by which the order of cases can be had again: `CODEWHALE_TEST_SEED=… ./Scripts/test`.
enum Seed {
    static let value: UInt64 = {
        let given = ProcessInfo.processInfo.environment["CODEWHALE_TEST_SEED"].flatMap { UInt64($0) }
        return given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    }()
}
