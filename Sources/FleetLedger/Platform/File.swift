#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// An open file, closed when it is released.
///
/// All of this module's system calls on files stand here.
///
/// It is safe to share between threads, as the system's calls on one descriptor are.
package final class File: OpenFile {
    /// How a file is opened.
    package enum Access: Sendable {
        case read
        /// Each write goes to the end, wherever that is by then.
        case append
        /// For reading and writing.
        case update
    }

    /// What to do where a file is not there, or is.
    package enum Creation: Sendable {
        case never
        case ifMissing
        case mustBeNew
    }

    /// What tells one file from another, and where it ends.
    package struct Status: Equatable, Sendable {
        /// The file system.
        package var device: UInt64
        /// The file's number there.
        package var number: UInt64
        /// Its length in bytes.
        package var size: Int64
        /// Whether it is neither a directory nor anything stranger.
        package var isRegular: Bool
        /// The user that it belongs to.
        package var owner: UInt32

        /// A status of its parts.
        package init(device: UInt64, number: UInt64, size: Int64, isRegular: Bool, owner: UInt32) {
            self.device = device
            self.number = number
            self.size = size
            self.isRegular = isRegular
            self.owner = owner
        }

        /// The file's identity as a text.
        package var name: String { "\(device)-\(number)" }

        /// Whether both are of one file, whatever its length was.
        package func isSameFile(as other: Status) -> Bool { device == other.device && number == other.number }
    }

    let path: String
    let descriptor: Int32

    /// Opens a file that is no link, not inherited by programs that this process starts, 0600 where it is made.
    init(_ path: String, _ access: Access, _ creation: Creation = .never) throws(LedgerError) {
        var flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        switch access {
        case .read: flags |= O_RDONLY
        case .append: flags |= O_WRONLY | O_APPEND
        case .update: flags |= O_RDWR
        }
        switch creation {
        case .never: break
        case .ifMissing: flags |= O_CREAT
        case .mustBeNew: flags |= O_CREAT | O_EXCL
        }
        let opened = Self.repeating { open(path, flags, 0o600) }
        guard opened >= 0 else { throw LedgerError(errno, "cannot open", path) }
        self.path = path
        descriptor = opened
    }

    deinit { close(descriptor) }

    private static func repeating(_ call: () -> Int32) -> Int32 {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    private func check(_ result: Int32, _ action: String) throws(LedgerError) {
        guard result == 0 else { throw LedgerError(errno, action, path) }
    }

    // MARK: What it is

    /// What stands under the open descriptor.
    package func status() throws(LedgerError) -> Status {
        var status = stat()
        try check(fstat(descriptor, &status), "cannot examine")
        return Status(status)
    }

    /// What stands at a path, of links the link itself; nil where nothing does.
    static func status(of path: String) throws(LedgerError) -> Status? {
        var status = stat()
        guard lstat(path, &status) != 0 else { return Status(status) }
        guard errno == ENOENT || errno == ENOTDIR else { throw LedgerError(errno, "cannot examine", path) }
        return nil
    }

    // MARK: Content

    /// Reads from `offset` on, until `buffer` is full or the file ends; returns how much that was.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(LedgerError) -> Int {
        var count = 0
        while count < buffer.count {
            let part = pread(
                descriptor,
                buffer.baseAddress.map { $0 + count },
                buffer.count - count,
                off_t(offset) + off_t(count)
            )
            if part < 0 {
                if errno == EINTR { continue }
                throw LedgerError(errno, "cannot read", path)
            }
            if part == 0 { break }
            count += part
        }
        return count
    }

    /// Writes all of it, in one call where the system lets it.
    package func write(_ bytes: [UInt8]) throws(LedgerError) {
        var written = 0
        while written < bytes.count {
            let part = bytes.withUnsafeBytes { buffer in
                #if canImport(Darwin)
                Darwin.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                #elseif canImport(Musl)
                Musl.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                #else
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                #endif
            }
            if part < 0 {
                if errno == EINTR { continue }
                throw LedgerError(errno, "cannot write", path)
            }
            written += part
        }
    }

    /// Cuts it to a length.
    package func truncate(to size: Int64) throws(LedgerError) {
        try check(Self.repeating { ftruncate(descriptor, off_t(size)) }, "cannot shorten")
    }

    /// Returns when its content is on the disk.
    package func sync() throws(LedgerError) {
        #if os(Linux)
        try check(fdatasync(descriptor), "cannot sync")
        #else
        try check(fsync(descriptor), "cannot sync")
        #endif
    }

    // MARK: Locks

    /// Waits for the lock that everybody takes who opens the file; it belongs to this open file.
    package func lock() throws(LedgerError) { try check(Self.repeating { flock(descriptor, LOCK_EX) }, "cannot lock") }

    /// Takes that lock, or returns false where it is taken.
    package func tryLock() throws(LedgerError) -> Bool {
        if Self.repeating({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw LedgerError(errno, "cannot lock", path) }
        return false
    }

    /// Gives the lock back.
    package func unlock() { flock(descriptor, LOCK_UN) }

    /// Takes a lock which others can see without touching it (an open file description lock, `fcntl(2)`).
    package func tryHold() throws(LedgerError) -> Bool {
        var request = Self.wholeFile
        if Self.repeating({ fcntl(descriptor, Self.setOwnLock, &request) }) == 0 { return true }
        guard errno == EAGAIN || errno == EACCES else { throw LedgerError(errno, "cannot lock", path) }
        return false
    }

    /// Gives back what ``tryHold()`` took.
    package func letGo() {
        var request = Self.wholeFile
        request.l_type = Int16(F_UNLCK)
        _ = Self.repeating { fcntl(descriptor, Self.setOwnLock, &request) }
    }

    /// Whether somebody else holds it with ``tryHold()``.
    package func isHeld() throws(LedgerError) -> Bool {
        var request = Self.wholeFile
        try check(Self.repeating { fcntl(descriptor, Self.getOwnLock, &request) }, "cannot examine")
        return request.l_type != Int16(F_UNLCK)
    }

    private static var wholeFile: flock {
        #if canImport(Darwin)
        Darwin.flock(l_start: 0, l_len: 0, l_pid: 0, l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET))
        #else
        var whole = flock()
        whole.l_type = Int16(F_WRLCK)
        whole.l_whence = Int16(SEEK_SET)
        return whole
        #endif
    }

    // The names are macros under a feature test that the module map does not switch on.
    #if canImport(Darwin)
    private static let setOwnLock: Int32 = 90
    private static let getOwnLock: Int32 = 92
    #else
    private static let setOwnLock: Int32 = 37
    private static let getOwnLock: Int32 = 36
    #endif
}

extension File.Status {
    fileprivate init(_ status: stat) {
        self.init(
            device: UInt64(truncatingIfNeeded: status.st_dev),
            number: UInt64(truncatingIfNeeded: status.st_ino),
            size: Int64(status.st_size),
            isRegular: status.st_mode & S_IFMT == S_IFREG,
            owner: UInt32(status.st_uid)
        )
    }
}
