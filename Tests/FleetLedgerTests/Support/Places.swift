import Foundation

/// The places of some bytes at which a test does damage.
enum Places {
    /// Every so many bytes, from another start each time; every byte with `CODEWHALE_TEST_THOROUGH` set, which takes minutes.
    static func of(_ bytes: [UInt8], every step: Int) -> StrideTo<Int> {
        let isThorough = ProcessInfo.processInfo.environment["CODEWHALE_TEST_THOROUGH"] != nil
        let first = isThorough ? 0 : Int.random(in: 0..<step)
        return stride(from: first, to: bytes.count, by: isThorough ? 1 : step)
    }
}
