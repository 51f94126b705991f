/// The file system that a workspace lies on.
///
/// All that this module and the manager ask of files goes through it, so that a test can put another one in its place:
/// one that fills up, fails, and loses what was not synced.
package protocol Disk: Sendable {
    /// Opens a file that is no link.
    ///
    /// Throws `missing`, `unwritable`, `full`, `foreign`, `system`.
    func open(_ path: String, _ access: File.Access, _ creation: File.Creation) throws(LedgerError) -> any OpenFile

    /// What stands at a path, of links the link itself; nil where nothing does.
    func status(of path: String) throws(LedgerError) -> File.Status?

    /// Whether a directory stands at a path, of links where they lead.
    func isDirectory(_ path: String) -> Bool

    /// Makes a directory, 0700, where there is none; returns whether it did.
    func makeDirectory(_ path: String) throws(LedgerError) -> Bool

    /// Returns when the names in a directory are on the disk, where its file system can do that.
    ///
    /// Throws where they may not be: then nothing is to be done on the strength of them.
    func syncDirectory(_ path: String) throws(LedgerError)

    /// Gives a file another name, in place of what had it.
    func rename(_ path: String, to other: String) throws(LedgerError)

    /// Gives a file a second name, where nothing has it; returns whether it did.
    func link(_ path: String, as other: String) throws(LedgerError) -> Bool

    /// Removes a file; that there is none is as good.
    func remove(_ path: String)

    /// Removes a directory, where it is empty.
    func removeDirectory(_ path: String)
}

extension Disk {
    /// Opens a file that is there.
    package func open(_ path: String, _ access: File.Access) throws(LedgerError) -> any OpenFile {
        try open(path, access, .never)
    }
}

/// An open file, closed when it is released; safe to share between threads.
package protocol OpenFile: AnyObject, Sendable {
    /// What stands under the open descriptor.
    func status() throws(LedgerError) -> File.Status

    /// Reads from `offset` on, until `buffer` is full or the file ends; returns how much that was.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(LedgerError) -> Int

    /// Writes all of it, in one call where the system lets it.
    func write(_ bytes: [UInt8]) throws(LedgerError)

    /// Cuts it to a length.
    func truncate(to size: Int64) throws(LedgerError)

    /// Returns when its content is on the disk.
    func sync() throws(LedgerError)

    /// Waits for the lock that everybody takes who opens the file; it belongs to this open file.
    func lock() throws(LedgerError)

    /// Takes that lock, or returns false where it is taken.
    func tryLock() throws(LedgerError) -> Bool

    /// Gives the lock back.
    func unlock()

    /// Takes a lock which others can see without touching it (an open file description lock, `fcntl(2)`).
    func tryHold() throws(LedgerError) -> Bool

    /// Gives back what ``tryHold()`` took.
    func letGo()

    /// Whether somebody else holds it with ``tryHold()``.
    func isHeld() throws(LedgerError) -> Bool
}

extension OpenFile {
    /// Reads so many bytes from `offset` on, fewer where the file ends before.
    package func read(_ count: Int, at offset: Int64) throws(LedgerError) -> [UInt8] {
        var failure: LedgerError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(LedgerError) {
                filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads all of it.
    package func readAll() throws(LedgerError) -> [UInt8] { try read(Int(try status().size), at: 0) }
}

/// The file system of this machine.
package struct SystemDisk: Disk {
    /// The one that there is.
    package init() {}

    package func open(
        _ path: String,
        _ access: File.Access,
        _ creation: File.Creation
    ) throws(LedgerError) -> any OpenFile {
        try File(path, access, creation)
    }

    package func status(of path: String) throws(LedgerError) -> File.Status? { try File.status(of: path) }

    package func isDirectory(_ path: String) -> Bool { Directory.isDirectory(path) }

    package func makeDirectory(_ path: String) throws(LedgerError) -> Bool { try Directory.make(path) }

    package func syncDirectory(_ path: String) throws(LedgerError) { try Directory.sync(path) }

    package func rename(_ path: String, to other: String) throws(LedgerError) {
        try Directory.rename(path, to: other)
    }

    package func link(_ path: String, as other: String) throws(LedgerError) -> Bool {
        try Directory.link(path, as: other)
    }

    package func remove(_ path: String) { Directory.remove(path) }

    package func removeDirectory(_ path: String) { Directory.removeDirectory(path) }
}
