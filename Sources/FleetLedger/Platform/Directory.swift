#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What this module asks of the system about names.
enum Directory {
    /// Makes a directory, 0700, where there is none; returns whether it did.
    static func make(_ path: String) throws(LedgerError) -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        let error = errno
        guard error == EEXIST else { throw LedgerError(error, "cannot make the directory", path) }
        guard isDirectory(path) else {
            throw LedgerError(.foreign, "\(shown(path)) is not a directory", hint: "move it away")
        }
        return false
    }

    /// Whether a directory stands at a path, of links where they lead.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Returns when the names in a directory are on the disk, where its file system can do that.
    ///
    /// Where it cannot, `fsync(2)` says that a directory is nothing to be synced; every other error is one.
    static func sync(_ path: String) throws(LedgerError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LedgerError(errno, "cannot sync the directory", path) }
        let error = fsync(descriptor) == 0 ? 0 : errno
        close(descriptor)
        guard error == 0 || [EINVAL, ENOTSUP, ENOSYS].contains(error) else {
            throw LedgerError(error, "cannot sync the directory", path)
        }
    }

    /// Gives a file another name, in place of what had it.
    static func rename(_ path: String, to other: String) throws(LedgerError) {
        #if canImport(Darwin)
        let result = Darwin.rename(path, other)
        #elseif canImport(Musl)
        let result = Musl.rename(path, other)
        #else
        let result = Glibc.rename(path, other)
        #endif
        guard result == 0 else { throw LedgerError(errno, "cannot replace", other) }
    }

    /// Gives a file a second name, where nothing has it; returns whether it did.
    static func link(_ path: String, as other: String) throws(LedgerError) -> Bool {
        #if canImport(Darwin)
        let result = Darwin.link(path, other)
        #elseif canImport(Musl)
        let result = Musl.link(path, other)
        #else
        let result = Glibc.link(path, other)
        #endif
        if result == 0 { return true }
        guard errno == EEXIST else { throw LedgerError(errno, "cannot make", other) }
        return false
    }

    /// Removes a file; that there is none is as good.
    static func remove(_ path: String) { unlink(path) }

    /// Removes a directory, where it is empty.
    static func removeDirectory(_ path: String) { rmdir(path) }

    /// The absolute form of a path, links resolved; nil where there is nothing.
    static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// This process.
    static var processID: Int { Int(getpid()) }
    /// The user on whose behalf it acts.
    static var userID: UInt32 { UInt32(geteuid()) }
}

extension LedgerError {
    /// What the system said when `action` was tried on a file.
    init(_ error: Int32, _ action: String, _ path: String) {
        let reason = String(cString: strerror(error))
        let message = "\(action) \(shown(path)): \(reason)"
        switch error {
        case ENOENT, ENOTDIR:
            self.init(.missing, message, hint: "`codewhale fleet init` makes a workspace", errno: error)
        case EACCES, EPERM:
            self.init(.unwritable, message, hint: "see to its owner and mode", errno: error)
        case EROFS:
            self.init(.unwritable, message, hint: "use a workspace on a file system that can be written", errno: error)
        case ENOSPC, EDQUOT, EFBIG:
            self.init(.full, message, hint: "make room there, then try again; nothing was lost", errno: error)
        case EISDIR, ENXIO:
            self.init(.foreign, "\(shown(path)) is not a regular file", hint: "move it away", errno: error)
        case ELOOP:
            self.init(.foreign, "\(shown(path)) is a link", hint: "put the file itself there", errno: error)
        default: self.init(.system, message, errno: error)
        }
    }
}

/// A path as a message shows it: control characters do not reach a terminal.
func shown(_ path: String) -> String {
    var text = ""
    for scalar in path.unicodeScalars {
        if scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) {
            text += scalar.escaped(asASCII: true)
        } else {
            text.unicodeScalars.append(scalar)
        }
    }
    return text
}
