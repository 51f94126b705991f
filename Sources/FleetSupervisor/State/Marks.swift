import CFleetSupervisor
import FleetWire

/// The high-water marks of a run's tasks: an attempt at or below its task's mark is never started.
///
/// The file is appended to alone, one line a mark: task, attempt, CRC-32C in hex. A torn line counts for nothing.
/// Space for more lines is taken ahead, so that attempts can be given up and removed on a disk that has filled up since.
final class Marks {
    /// The file's name within the run's directory.
    static let name = "marks"

    /// Bytes for which there is always space behind the last line.
    private static let ahead = 4_096

    private let directory: Int32
    private var descriptor: Int32 = -1
    private var marks: [String: UInt32] = [:]
    private var readTo = 0
    private var isTorn = false

    /// The marks of the run in `directory`.
    init(directory: Int32) { self.directory = directory }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// Takes the lock under which attempts are started, given up and removed, and reads what others marked.
    func lock() throws(WireFailure) {
        do {
            try open()
            reserve()
        } catch {
            throw StateDirectory.failure("the marks of the run", error)
        }
    }

    /// Gives the lock back.
    func unlock() { _ = flock(descriptor, LOCK_UN) }

    /// The task's mark; 0 where it has none.
    ///
    /// Only under the lock.
    func mark(of task: String) -> UInt32 { marks[task] ?? 0 }

    /// Raises marks.
    ///
    /// Only under the lock.
    ///
    /// - Parameters:
    ///   - raised: the attempts that are at or below the marks from here on.
    ///   - durable: whether it must be on the disk when this returns.
    /// - Throws: ``SystemFault`` where the file cannot be written.
    func raise(_ raised: [(task: String, attempt: UInt32)], durable: Bool) throws(SystemFault) {
        var text: [UInt8] = isTorn ? [0x0a] : []
        for (task, attempt) in raised where attempt > mark(of: task) {
            let line = Array("\(task) \(attempt) ".utf8)
            text.append(contentsOf: line)
            text.append(contentsOf: Marks.hex(Checksum.crc32c(line)))
            text.append(0x0a)
        }
        if text.count > (isTorn ? 1 : 0) {
            try writeFully(text, to: descriptor, at: readTo)
            try refresh()
            reserve()
        }
        if durable {
            guard fdatasync(descriptor) == 0, fsync(directory) == 0 else { throw SystemFault.current }
        }
    }

    private func open() throws(SystemFault) {
        if descriptor >= 0, try fileStatus(of: descriptor).st_nlink == 0 {
            _ = close(descriptor)
            descriptor = -1
            (marks, readTo, isTorn) = ([:], 0, false)
        }
        if descriptor < 0 {
            let opened = try Descriptor.open(Marks.name, in: directory, O_RDWR | O_CREAT | O_NOFOLLOW)
            descriptor = opened.release()
        }
        while flock(descriptor, LOCK_EX) != 0 {
            let fault = SystemFault.current
            if fault.number != EINTR { throw fault }
        }
        try refresh()
    }

    /// Takes space for the lines to come; where that cannot be had, they take what there is when they come.
    private func reserve() {
        guard let status = try? fileStatus(of: descriptor) else { return }
        let size = Int(status.st_size)
        guard Int(status.st_blocks) * 512 - size < Marks.ahead else { return }
        _ = cfleet_reserve(descriptor, off_t(size), off_t(2 * Marks.ahead))
    }

    /// Reads what was appended since.
    private func refresh() throws(SystemFault) {
        let size = Int(try fileStatus(of: descriptor).st_size)
        if size < readTo { (marks, readTo, isTorn) = ([:], 0, false) }
        guard size > readTo else { return }
        let bytes = try readFully(descriptor, at: readTo, count: size - readTo)
        isTorn = bytes.last != 0x0a
        for line in bytes.split(separator: 0x0a) {
            guard let space = line.lastIndex(of: 0x20),
                line[(space + 1)...]
                    .elementsEqual(
                        Marks.hex(Checksum.crc32c(line[...space]))
                    )
            else { continue }
            let fields = line[..<space].split(separator: 0x20)
            guard fields.count == 2, let attempt = UInt32(decimal: fields[1]) else { continue }
            let task = String(decoding: fields[0], as: UTF8.self)
            marks[task] = max(marks[task] ?? 0, attempt)
        }
        readTo += bytes.count
    }

    private static func hex(_ value: UInt32) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [28, 24, 20, 16, 12, 8, 4, 0].map { digits[Int(value >> UInt32($0) & 15)] }
    }
}
