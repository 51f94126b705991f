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

    /// The part that this process has of what several share: `CODEWHALE_TEST_SHARE=2/3`, or all.
    package static func share<Element>(of all: [Element]) -> [Element] {
        let share = ProcessInfo.processInfo.environment["CODEWHALE_TEST_SHARE"]
        guard let words = share?.split(separator: "/").map({ Int($0) }), words.count == 2, let part = words[0],
            let count = words[1], (1...max(1, count)).contains(part)
        else {
            precondition(share == nil, "CODEWHALE_TEST_SHARE is \(share ?? ""), not a part and a number like 2/3")
            return all
        }
        return all.enumerated().filter { $0.offset % count == part - 1 }.map(\.element)
    }

    private static func list(_ variable: String) -> [String]? {
        ProcessInfo.processInfo.environment[variable]?.split(separator: ",").map(String.init)
    }
}
