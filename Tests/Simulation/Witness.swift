import Foundation
import Synchronization

/// Tells, where a history brings the whole process down, which one that was.
enum Witness {
    /// The seed that each of the threads plays, told by their place.
    private static let threads = Mutex<[pthread_t: UInt64]>([:])
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGABRT]
    /// What the signals did before.
    nonisolated(unsafe) private static var former: [Int32: sigaction] = [:]

    /// Notes which seed this thread plays from here on.
    static func note(_ seed: UInt64) {
        threads.withLock { known in
            if known.isEmpty { listen() }
            known[pthread_self()] = seed
        }
    }

    private static func listen() {
        for number in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { Witness.tell($0) }
            var before = sigaction()
            sigaction(number, &action, &before)
            former[number] = before
        }
    }

    /// The process is lost anyhow: that this may hang or crash does no harm.
    private static func tell(_ number: Int32) {
        let seed = threads.withLockIfAvailable { $0[pthread_self()] } ?? nil
        FileHandle.standardError.write(Data("seed \(seed.map { "\($0)" } ?? "?") crashes\n".utf8))
        if var before = former[number] { sigaction(number, &before, nil) }
    }
}
