import Foundation

/// How long tests with random input go on, and with which seed they begin.
package enum Thorough {
    /// `CODEWHALE_TEST_SEED`, or one that was drawn for this run.
    package static let seed: UInt64 = {
        let given = ProcessInfo.processInfo.environment["CODEWHALE_TEST_SEED"].flatMap { UInt64($0) }
        return given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    }()

    /// So many rounds; a hundred times as many where `CODEWHALE_TEST_THOROUGH` is set.
    package static func rounds(_ count: Int) -> Int {
        ProcessInfo.processInfo.environment["CODEWHALE_TEST_THOROUGH"] == nil ? count : 100 * count
    }
}
