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

    // MARK: - This process

    /// Writing where nobody reads is an error of that write alone, not the end of the process.
    static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    /// Ends this process by a signal, as the default action does, so that its parent sees which.
    static func end(bySignal number: CInt) -> Never {
        _ = signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        _ = pthread_sigmask(SIG_UNBLOCK, &set, nil)
        _ = raise(number)
        exit(status: 128 + number)
    }

    /// Ends this process at once; nothing of ours is buffered outside of it.
    static func exit(status: CInt) -> Never { libcExit(status) }

    /// Where this process is.
    static var currentDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The account of this process.
    static var user: UInt32 { geteuid() }

    /// The pid of this process.
    static var pid: Int { Int(getpid()) }

    /// How many processors this process may use.
    static var processors: Int {
        #if os(Linux)
        if let count = allowedProcessors { return count }
        #endif
        return max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    }

    /// The processors that the scheduler gives this process (`Cpus_allowed` of `proc_pid_status(5)`).
    private static var allowedProcessors: Int? {
        guard let descriptor = try? open("/proc/self/status") else { return nil }
        defer { close(descriptor) }
        guard let bytes = try? readAll(descriptor, limit: 1 << 16) else { return nil }
        let name = Array("Cpus_allowed:".utf8)
        guard let line = bytes.split(separator: UInt8(ascii: "\n")).first(where: { $0.starts(with: name) }) else {
            return nil
        }
        let digits = line.dropFirst(name.count).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        let count = digits.reduce(0) { $0 + $1.nonzeroBitCount }
        return count > 0 ? count : nil
    }

    /// A variable of this process.
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// All variables of this process.
    static var environment: [String: String] {
        var result: [String: String] = [:]
        let first: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        guard var entry = first else { return result }
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return result
    }

    /// The file that this process runs.
    static var executable: String? {
        #if os(Linux)
        return try? link("/proc/self/exe")
        #else
        var size = UInt32(PATH_MAX)
        var buffer = [CChar](repeating: 0, count: Int(size))
        guard _NSGetExecutablePath(&buffer, &size) == 0 else { return nil }
        return realPath(String(cString: buffer))
        #endif
    }

    /// Where a symbolic link leads.
    static func link(_ path: String) throws(Failure) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0 else { throw Failure(number: errno) }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The path without links and dots; nil where it leads nowhere.
    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// What a path leads to.
    static func status(_ path: String) throws(Failure) -> FileStatus {
        var raw = stat()
        guard stat(path, &raw) == 0 else { throw Failure(number: errno) }
        return FileStatus(
            isFile: raw.st_mode & S_IFMT == S_IFREG,
            isDirectory: raw.st_mode & S_IFMT == S_IFDIR,
            owner: raw.st_uid,
            isWritableByOthers: raw.st_mode & (S_IWGRP | S_IWOTH) != 0,
            size: Int64(raw.st_size),
            modified: modified(raw)
        )
    }

    private static func modified(_ raw: stat) -> Timestamp {
        #if canImport(Darwin)
        let time = raw.st_mtimespec
        #else
        let time = raw.st_mtim
        #endif
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whether a file can be run by this process.
    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    // MARK: - Time

    /// The moment.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

// The names of the C functions that the functions above have too.
private let unistdWrite = write as @Sendable (CInt, UnsafeRawPointer?, Int) -> Int
private let unistdRead = read as @Sendable (CInt, UnsafeMutableRawPointer?, Int) -> Int
private let unistdClose = close as @Sendable (CInt) -> CInt
private let libcExit = _exit as @Sendable (CInt) -> Never
private func fcntlOpen(_ path: String, _ flags: CInt, _ mode: mode_t = 0) -> CInt { open(path, flags, mode) }
