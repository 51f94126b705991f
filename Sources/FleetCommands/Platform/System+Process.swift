import FleetCore

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

extension System {
    /// Writing where nobody reads is an error of that write alone, not the end of the process.
    static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    /// The end of a terminal, or of a login, is not the end of this process.
    static func ignoreHangUps() { _ = signal(SIGHUP, SIG_IGN) }

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
            isOpenToOthers: raw.st_mode & (S_IRWXG | S_IRWXO) != 0,
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

// The name of the C function that a function above has too.
private let libcExit = _exit as @Sendable (CInt) -> Never
