#if DEBUG
import FleetLedger
import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A disk on which a process dies at one of its writes to the ledger, for the tests of durability.
///
/// `CODEWHALE_DIE_AT_WRITE=7.half` ends it by KILL when half of its seventh write is done; `7.before` and `7.after` do
/// so before and after it. Builds for release do not have it.
struct DyingDisk: Disk {
    private let system = SystemDisk()
    private let death: LedgerDeath

    /// The disk for this process's environment; nil where it is not to die.
    init?(environment: [String: String]) {
        let words = environment["CODEWHALE_DIE_AT_WRITE"]?.split(separator: ".") ?? []
        guard words.count == 2, let write = Int(words[0]), let moment = LedgerDeath.Moment(rawValue: String(words[1]))
        else { return nil }
        death = LedgerDeath(write: write, moment: moment)
    }

    func open(
        _ path: String,
        _ access: File.Access,
        _ creation: File.Creation
    ) throws(LedgerError) -> any OpenFile {
        let file = try system.open(path, access, creation)
        return path.hasSuffix("/fleet.jsonl") ? DyingFile(file, death) : file
    }

    func status(of path: String) throws(LedgerError) -> File.Status? { try system.status(of: path) }
    func isDirectory(_ path: String) -> Bool { system.isDirectory(path) }
    func makeDirectory(_ path: String) throws(LedgerError) -> Bool { try system.makeDirectory(path) }
    func syncDirectory(_ path: String) throws(LedgerError) { try system.syncDirectory(path) }
    func rename(_ path: String, to other: String) throws(LedgerError) { try system.rename(path, to: other) }
    func link(_ path: String, as other: String) throws(LedgerError) -> Bool { try system.link(path, as: other) }
    func remove(_ path: String) { system.remove(path) }
    func removeDirectory(_ path: String) { system.removeDirectory(path) }
}

/// When a process dies.
final class LedgerDeath: Sendable {
    /// Where in the write.
    enum Moment: String {
        case before, half, after
    }

    private let moment: Moment
    private let left: NIOLockedValueBox<Int>

    init(write: Int, moment: Moment) {
        self.moment = moment
        left = NIOLockedValueBox(write)
    }

    /// Writes, and does not return where it is time to die.
    func write(_ bytes: [UInt8], to file: any OpenFile) throws(LedgerError) {
        let isTime = left.withLockedValue { left in
            left -= 1
            return left == 0
        }
        guard isTime else { return try file.write(bytes) }
        switch moment {
        case .before: break
        case .half: try file.write(Array(bytes.prefix(bytes.count / 2)))
        case .after: try file.write(bytes)
        }
        System.end(bySignal: SIGKILL)
    }
}

/// The ledger, on such a disk.
private final class DyingFile: OpenFile {
    private let file: any OpenFile
    private let death: LedgerDeath

    init(_ file: any OpenFile, _ death: LedgerDeath) { (self.file, self.death) = (file, death) }

    func status() throws(LedgerError) -> File.Status { try file.status() }
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(LedgerError) -> Int {
        try file.read(into: buffer, at: offset)
    }
    func write(_ bytes: [UInt8]) throws(LedgerError) { try death.write(bytes, to: file) }
    func truncate(to size: Int64) throws(LedgerError) { try file.truncate(to: size) }
    func sync() throws(LedgerError) { try file.sync() }
    func lock() throws(LedgerError) { try file.lock() }
    func tryLock() throws(LedgerError) -> Bool { try file.tryLock() }
    func unlock() { file.unlock() }
    func tryHold() throws(LedgerError) -> Bool { try file.tryHold() }
    func letGo() { file.letGo() }
    func isHeld() throws(LedgerError) -> Bool { try file.isHeld() }
}
#endif
