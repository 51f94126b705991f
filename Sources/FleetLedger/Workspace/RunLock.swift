/// The lock of a run: the process that holds it drives the run, and nobody else does.
///
/// It is an open file description lock (`fcntl(2)`): it ends with the process, however that ends, and it can be looked
/// at without being touched. Within one process, too, only one holds it.
package final class RunLock: Sendable {
    private let file: any OpenFile

    private init(_ file: any OpenFile) { self.file = file }

    /// Takes the lock, or returns nil where another process (or another part of this one) has it.
    ///
    /// Writes this process's id into it. Throws `unwritable`, `full`, `missing`, `system`.
    package static func tryAcquire(
        _ path: String,
        on disk: any Disk = SystemDisk()
    ) throws(LedgerError) -> RunLock? {
        while true {
            let file = try disk.open(path, .update, .ifMissing)
            guard try file.tryHold() else { return nil }
            // The file may have been removed between opening and locking it: then the lock is nobody's.
            guard let named = try disk.status(of: path), try file.status().isSameFile(as: named) else { continue }
            try file.truncate(to: 0)
            try file.write(Array("\(Directory.processID)\n".utf8))
            return RunLock(file)
        }
    }

    /// Gives it back.
    package func release() { file.letGo() }

    /// The process that holds the lock; nil where nobody does.
    ///
    /// 0 where somebody does whose id is not there yet.
    package static func holder(_ path: String, on disk: any Disk = SystemDisk()) throws(LedgerError) -> Int? {
        guard try disk.status(of: path) != nil else { return nil }
        let file: any OpenFile
        do throws(LedgerError) {
            file = try disk.open(path, .read)
        } catch {
            if error.code == .missing { return nil }
            throw error
        }
        guard try file.isHeld() else { return nil }
        let text = String(decoding: try file.read(32, at: 0), as: UTF8.self)
        return text.split(separator: "\n").first.flatMap { Int($0) } ?? 0
    }
}
