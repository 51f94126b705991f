import Foundation

/// Which cases of a suite are run, and in which order.
package enum Selection {
    /// The seed of the order, by which it can be had again: `CODEWHALE_TEST_SEED=… ./Scripts/test`.
    package static let seed: UInt64 = {
        let given = ProcessInfo.processInfo.environment["CODEWHALE_TEST_SEED"].flatMap { UInt64($0) }
        return given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    }()

    /// Whether a case of a line is wanted: `CODEWHALE_TEST_CASES=T5,T7.lost`, or all.
    package static func holds(line: String) -> Bool {
        list("CODEWHALE_TEST_CASES").map { $0.contains { line == $0 || line.hasPrefix("\($0).") } } ?? true
    }

    /// Whether a cell is wanted: `CODEWHALE_TEST_CELLS=openssh,local`, or all.
    package static func holds(cell: String) -> Bool {
        list("CODEWHALE_TEST_CELLS").map { $0.contains { cell.contains($0) } } ?? true
    }

    private static func list(_ variable: String) -> [String]? {
        ProcessInfo.processInfo.environment[variable]?.split(separator: ",").map(String.init)
    }
}
