import CFleetSupervisor
import FleetWire

/// Tells which records of the state directory were changed, by whom ever (inotify(7)).
///
/// Where the host has no more watches to give, polling still finds what pushes would have told.
struct StateWatcher {
    /// A change.
    enum Change: Hashable {
        /// A record was made, written, closed by who wrote it, or removed.
        case record(run: String, name: String)
        /// A run's directory was made.
        case run(String)
        /// Changes were lost: anything may have changed.
        case lost
    }

    /// The descriptor to wait for; -1 where there is none.
    let descriptor: Int32
    private var runs: [Int32: String] = [:]
    private var watches: [String: Int32] = [:]
    private var root: Int32 = -1

    /// A part of an event before the name: watch, mask, cookie, length.
    private static let headerLength = 16

    /// Watches the state directory itself.
    init(path: String) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return }
        root = inotify_add_watch(descriptor, path, UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_ONLYDIR))
    }

    /// Watches a run's directory, once.
    ///
    /// - Returns: whether it was not watched before.
    @discardableResult
    mutating func watch(run id: String, path: String) -> Bool {
        guard descriptor >= 0, watches[id] == nil else { return false }
        let wanted = UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE) | UInt32(IN_DELETE) | UInt32(IN_ONLYDIR)
        let watch = inotify_add_watch(descriptor, path, wanted)
        guard watch >= 0 else { return false }
        watches[id] = watch
        runs[watch] = id
        return true
    }

    /// What changed since the last call, each once.
    mutating func changes() -> Set<Change> {
        var found: Set<Change> = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while descriptor >= 0 {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            buffer.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0.prefix(count)), &found) }
        }
        return found
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer, _ found: inout Set<Change>) {
        var place = 0
        while place + StateWatcher.headerLength <= bytes.count {
            let watch = bytes.loadUnaligned(fromByteOffset: place, as: Int32.self)
            let mask = bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
            let length = Int(bytes.loadUnaligned(fromByteOffset: place + 12, as: UInt32.self))
            let start = place + StateWatcher.headerLength
            guard start + length <= bytes.count else { return }
            place = start + length
            if mask & UInt32(IN_Q_OVERFLOW) != 0 {
                found.insert(.lost)
                continue
            }
            if mask & UInt32(IN_IGNORED) != 0 {
                if let run = runs.removeValue(forKey: watch) { watches[run] = nil }
                continue
            }
            let name = String(decoding: bytes[start..<start + length].prefix { $0 != 0 }, as: UTF8.self)
            if watch == root {
                if mask & UInt32(IN_ISDIR) != 0, Identifier.isValid(name) { found.insert(.run(name)) }
            } else if let run = runs[watch], name.hasSuffix(AttemptKey.recordSuffix) {
                found.insert(.record(run: run, name: name))
            }
        }
    }
}
