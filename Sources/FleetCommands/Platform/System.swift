import FleetCore

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// What the verbs need of the system; with ``ChildProcess`` the only place that calls it.
enum System {
    /// A refusal of the system.
    struct Failure: Error, Sendable {
        /// The error number (`errno(3)`).
        let number: CInt

        /// What the number means, in words.
        var text: String { String(cString: strerror(number)) }

        /// Whether it says that there is no such file.
        var isMissing: Bool { number == ENOENT || number == ENOTDIR }
        /// Whether the list of arguments, or one of them, is too long.
        var isTooLong: Bool { number == E2BIG }
        /// Whether it says that the file is there already.
        var isPresent: Bool { number == EEXIST }
        /// Whether nobody reads the other end any more.
        var isBrokenPipe: Bool { number == EPIPE }
    }

    /// What a path leads to.
    struct FileStatus: Sendable {
        /// Whether it is a regular file.
        let isFile: Bool
        /// Whether it is a directory.
        let isDirectory: Bool
        /// Who owns it.
        let owner: UInt32
        /// Whether others than its owner may write it.
        let isWritableByOthers: Bool
        /// Whether others than its owner may do anything with it.
        let isOpenToOthers: Bool
        /// Its size in bytes.
        let size: Int64
        /// When its content was last changed.
        let modified: Timestamp
    }

    // MARK: - Descriptors

    /// Writes all bytes, however often that takes.
    static func write(_ bytes: some Sequence<UInt8>, to descriptor: CInt) throws(Failure) {
        let bytes = ContiguousArray(bytes)
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { unistdWrite(descriptor, $0 + at, buffer.count - at) } ?? 0
            }
            if count < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { throw Failure(number: errno) }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
                continue
            }
            at += count
        }
    }

    /// Reads at most `limit` bytes; none at the end.
    static func read(_ descriptor: CInt, limit: Int) throws(Failure) -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
                count = unistdRead(descriptor, buffer.baseAddress, limit)
                initialized = max(count, 0)
            }
            if count >= 0 { return bytes }
            if errno != EINTR { throw Failure(number: errno) }
        }
    }

    /// Closes a descriptor.
    static func close(_ descriptor: CInt) { _ = unistdClose(descriptor) }

    /// Reads a whole file, or all of a descriptor, up to `limit` bytes; one byte more shows that there is more.
    static func readAll(_ descriptor: CInt, limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let part = try read(descriptor, limit: min(limit + 1 - bytes.count, 1 << 16))
            if part.isEmpty { break }
            bytes += part
        }
        return bytes
    }

    /// Opens a file to read it.
    static func open(_ path: String) throws(Failure) -> CInt {
        let descriptor = fcntlOpen(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        return descriptor
    }

    /// Opens a file to write at its end, and makes it where it is not there.
    static func append(_ path: String, mode: mode_t = 0o600) throws(Failure) -> CInt {
        let descriptor = fcntlOpen(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        return descriptor
    }

    /// Makes a file that must not be there yet, to write it.
    static func create(_ path: String, mode: mode_t = 0o600) throws(Failure) -> CInt {
        let descriptor = fcntlOpen(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        return descriptor
    }

    /// Whether the descriptor is a terminal.
    static func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

    /// The size of a terminal in characters.
    static func terminalSize(_ descriptor: CInt) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

// The names of the C functions that the functions above have too.
private let unistdWrite = write as @Sendable (CInt, UnsafeRawPointer?, Int) -> Int
private let unistdRead = read as @Sendable (CInt, UnsafeMutableRawPointer?, Int) -> Int
private let unistdClose = close as @Sendable (CInt) -> CInt
private func fcntlOpen(_ path: String, _ flags: CInt, _ mode: mode_t = 0) -> CInt { open(path, flags, mode) }
