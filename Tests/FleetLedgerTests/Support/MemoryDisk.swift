import Synchronization

@testable import FleetLedger

/// A file system in memory, on which a crash is a number of steps away: from then on, nothing is written any more.
///
/// For tests on one thread: its locks are always free.
final class MemoryDisk: Disk {
    /// What a file holds, and what of it is on the disk for certain.
    struct Content {
        var bytes: [UInt8] = []
        var synced: [UInt8] = []
    }

    /// All that there is.
    struct State {
        var names: [String: UInt64] = [:]
        /// The names that are on the disk for certain.
        var syncedNames: [String: UInt64] = [:]
        var files: [UInt64: Content] = [:]
        var directories: Set<String> = []
        var lastNumber: UInt64 = 0
        /// How many more changes are carried out; nil for all.
        var stepsLeft: Int?
        /// How many were.
        var steps = 0
        /// The files that somebody has locked.
        var locked: Set<UInt64> = []
        /// Why directories cannot be synced; nil where they can.
        var directoryFailure: LedgerError?
    }

    let state: Mutex<State>
    /// Is called when a file has got another name.
    let onRename = Mutex<(@Sendable (String) -> Void)?>(nil)

    init(_ state: State = State()) { self.state = Mutex(state) }

    /// What is found after a crash; of what was written and not synced, all where `isLucky`, else nothing.
    func afterCrash(isLucky: Bool) -> MemoryDisk {
        var next = state.withLock { $0 }
        next.stepsLeft = nil
        if !isLucky {
            next.names = next.syncedNames
            next.files = next.files.mapValues { Content(bytes: $0.synced, synced: $0.synced) }
        }
        return MemoryDisk(next)
    }

    /// The process that was at its last step is gone, and the disk serves the others.
    func goOn() { state.withLock { $0.stepsLeft = nil } }

    /// Whether somebody has locked a file.
    func isLocked(_ path: String) -> Bool {
        state.withLock { state in state.names[path].map { state.locked.contains($0) } ?? false }
    }

    /// A file's content; nil where there is none.
    func bytes(_ path: String) -> [UInt8]? {
        state.withLock { state in state.names[path].flatMap { state.files[$0]?.bytes } }
    }

    /// Puts a file there, as if it had always been.
    func put(_ bytes: [UInt8], at path: String) {
        state.withLock { state in
            state.lastNumber += 1
            state.files[state.lastNumber] = Content(bytes: bytes, synced: bytes)
            state.names[path] = state.lastNumber
            state.syncedNames[path] = state.lastNumber
        }
    }

    /// Carries out a change, or a part of it, or nothing, as the steps allow.
    func change(_ body: (inout State, _ isLast: Bool) throws(LedgerError) -> Void) throws(LedgerError) {
        let outcome = state.withLock { state -> Result<Void, LedgerError> in
            if let left = state.stepsLeft {
                guard left >= 0 else { return .failure(Self.crash) }
                state.stepsLeft = left - 1
            }
            let isLast = state.stepsLeft == -1
            state.steps += 1
            do throws(LedgerError) {
                try body(&state, isLast)
            } catch {
                return .failure(error)
            }
            return isLast ? .failure(Self.crash) : .success(())
        }
        try outcome.get()
    }

    private static var crash: LedgerError { LedgerError(.system, "crashed") }

    // MARK: - Disk

    func open(_ path: String, _ access: File.Access, _ creation: File.Creation) throws(LedgerError) -> any OpenFile {
        let known = state.withLock { $0.names[path] }
        switch (known, creation) {
        case (.some, .mustBeNew): throw LedgerError(.system, "\(path) is there")
        case (let number?, _): return MemoryFile(self, number, isAppending: access == .append)
        case (nil, .never): throw LedgerError(.missing, "\(path) is not there")
        case (nil, _):
            try change { state, _ in
                state.lastNumber += 1
                state.names[path] = state.lastNumber
                state.files[state.lastNumber] = Content()
            }
            return MemoryFile(self, state.withLock { $0.lastNumber }, isAppending: access == .append)
        }
    }

    func status(of path: String) throws(LedgerError) -> File.Status? {
        guard let number = state.withLock({ $0.names[path] }) else { return nil }
        return try MemoryFile(self, number, isAppending: false).status()
    }

    func isDirectory(_ path: String) -> Bool { state.withLock { $0.directories.contains(path) } }

    func makeDirectory(_ path: String) throws(LedgerError) -> Bool {
        guard !isDirectory(path) else { return false }
        try change { state, _ in state.directories.insert(path) }
        return true
    }

    func syncDirectory(_ path: String) throws(LedgerError) {
        if let failure = state.withLock({ $0.directoryFailure }) { throw failure }
        try change { state, isLast in
            guard !isLast else { return }
            func isIn(_ name: String) -> Bool {
                name.hasPrefix(path + "/") && !name.dropFirst(path.count + 1).contains("/")
            }
            state.syncedNames = state.syncedNames.filter { !isIn($0.key) }
            for (name, number) in state.names where isIn(name) { state.syncedNames[name] = number }
        }
    }

    func rename(_ path: String, to other: String) throws(LedgerError) {
        try change { state, _ in
            state.names[other] = state.names[path]
            state.names[path] = nil
        }
        if let body = onRename.withLock({ $0 }) { body(other) }
    }

    func link(_ path: String, as other: String) throws(LedgerError) -> Bool {
        guard state.withLock({ $0.names[other] == nil }) else { return false }
        try change { state, _ in state.names[other] = state.names[path] }
        return true
    }

    func remove(_ path: String) { try? change { state, _ in state.names[path] = nil } }

    func removeDirectory(_ path: String) { try? change { state, _ in state.directories.remove(path) } }
}

/// A file of a ``MemoryDisk``.
final class MemoryFile: OpenFile {
    private let disk: MemoryDisk
    private let number: UInt64
    private let place: Mutex<Int>

    init(_ disk: MemoryDisk, _ number: UInt64, isAppending: Bool) {
        self.disk = disk
        self.number = number
        place = Mutex(isAppending ? .max : 0)
    }

    private var bytes: [UInt8] { disk.state.withLock { $0.files[number]?.bytes ?? [] } }

    func status() throws(LedgerError) -> File.Status {
        File.Status(device: 1, number: number, size: Int64(bytes.count), isRegular: true, owner: 0)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(LedgerError) -> Int {
        let part = bytes.dropFirst(Int(offset)).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }

    func write(_ new: [UInt8]) throws(LedgerError) {
        let start = place.withLock { $0 }
        let count = bytes.count
        try disk.change { state, isLast in
            let part = isLast ? Array(new.prefix(new.count / 2)) : new
            let from = min(start, count)
            state.files[number]?.bytes.replaceSubrange(from..<min(count, from + part.count), with: part)
        }
        if start != .max { place.withLock { $0 = start + new.count } }
    }

    func truncate(to size: Int64) throws(LedgerError) {
        try disk.change { state, _ in
            let count = state.files[number]?.bytes.count ?? 0
            state.files[number]?.bytes.removeLast(max(0, count - Int(size)))
        }
    }

    func sync() throws(LedgerError) {
        try disk.change { state, isLast in
            if !isLast, let content = state.files[number] { state.files[number]?.synced = content.bytes }
        }
    }

    func lock() throws(LedgerError) { disk.state.withLock { _ = $0.locked.insert(number) } }
    func tryLock() throws(LedgerError) -> Bool { true }
    func unlock() { disk.state.withLock { _ = $0.locked.remove(number) } }
    func tryHold() throws(LedgerError) -> Bool { true }
    func letGo() {}
    func isHeld() throws(LedgerError) -> Bool { false }
}

extension Workspace {
    /// A workspace in memory, with a ledger of some bytes.
    static func inMemory(_ ledger: [UInt8], _ disk: MemoryDisk = MemoryDisk()) throws -> Workspace {
        let workspace = Workspace(root: "/w", disk: disk)
        disk.state.withLock { $0.directories = ["/w"] }
        try workspace.initialize()
        disk.put(ledger, at: workspace.ledger)
        try disk.syncDirectory(workspace.directory)
        try disk.syncDirectory(workspace.fleet)
        return workspace
    }
}
