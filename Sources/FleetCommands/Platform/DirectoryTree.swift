#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// Opens and makes files below a directory, and never follows a link on the way: nothing leads out of it.
final class DirectoryTree: Sendable {
    private let descriptor: CInt

    /// Opens a directory as it is named, links and all.
    init(_ path: String) throws(System.Failure) {
        descriptor = try Self.check(openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }

    private init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { System.close(descriptor) }

    /// Makes a directory where there is none.
    static func make(_ path: String) throws(System.Failure) {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        throw System.Failure(number: errno)
    }

    /// Opens a regular file below to read it, and tells its mode.
    func open(_ components: [String]) throws(System.Failure) -> (descriptor: CInt, mode: UInt32) {
        let directory = try descend(components.dropLast(), isMaking: false)
        // Not waited for where it is a pipe.
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = try Self.check(openat(directory.descriptor, components.last ?? "", flags))
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            System.close(file)
            throw System.Failure(number: EINVAL)
        }
        return (file, UInt32(status.st_mode & 0o777))
    }

    /// Makes a file below that is not there yet, with the directories on the way.
    func create(_ components: [String], mode: UInt32) throws(System.Failure) -> CInt {
        let directory = try descend(components.dropLast(), isMaking: true)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        return try Self.check(openat(directory.descriptor, components.last ?? "", flags, mode_t(mode)))
    }

    /// Removes a file below.
    func remove(_ components: [String]) {
        guard let directory = try? descend(components.dropLast(), isMaking: false) else { return }
        _ = unlinkat(directory.descriptor, components.last ?? "", 0)
    }

    private func descend(_ names: ArraySlice<String>, isMaking: Bool) throws(System.Failure) -> DirectoryTree {
        var current = DirectoryTree(descriptor: try Self.check(openat(descriptor, ".", Self.flags)))
        for name in names {
            if isMaking, mkdirat(current.descriptor, name, 0o777) != 0, errno != EEXIST {
                throw System.Failure(number: errno)
            }
            current = DirectoryTree(descriptor: try Self.check(openat(current.descriptor, name, Self.flags)))
        }
        return current
    }

    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    private static func check(_ result: CInt) throws(System.Failure) -> CInt {
        guard result >= 0 else { throw System.Failure(number: errno) }
        return result
    }
}
