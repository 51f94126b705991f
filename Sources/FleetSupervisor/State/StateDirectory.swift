import CFleetSupervisor
import FleetWire

/// The directory in which a supervisor keeps what it knows, private to the account.
final class StateDirectory {
    /// Its path, absolute.
    let path: String
    /// Its descriptor.
    let descriptor: Int32
    private var runs: [String: RunDirectory] = [:]

    /// How many runs' directories are held open at most, beside those in use.
    private static let openLimit = 64

    /// Opens the directory, and makes it (0700) where it is not there.
    ///
    /// - Throws: ``WireFailure`` where it is a link, another account's, or others could write to it.
    init(path given: String) throws(WireFailure) {
        path = try StateDirectory.absolute(given)
        guard path.utf8.count <= 3_000 else {
            throw WireFailure(.configuration, "The path of the state directory is too long (over 3,000 bytes).")
        }
        do {
            try makeDirectories(path)
        } catch {
            throw WireFailure.ofHost(
                .configuration,
                "The state directory \(path) cannot be made (\(error.words)). Make it writable for this account."
            )
        }
        descriptor = try StateDirectory.open(path, in: AT_FDCWD, named: path)
    }

    /// Opens the directory that is there already, and belongs to this account alone.
    init(existing path: String) throws(WireFailure) {
        self.path = path
        descriptor = try StateDirectory.open(path, in: AT_FDCWD, named: path)
    }

    deinit { _ = close(descriptor) }

    /// A run's directory; made where `create` says so.
    ///
    /// - Returns: nothing where it is not there and is not to be made.
    func run(_ id: String, create: Bool) throws(WireFailure) -> RunDirectory? {
        if let known = runs[id], known.isCurrent { return known }
        runs[id] = nil
        if create, mkdirat(descriptor, id, 0o700) != 0 {
            let fault = SystemFault.current
            if fault.number != EEXIST { throw StateDirectory.failure("\(path)/\(id)", fault) }
        } else if !create {
            var status = stat()
            if fstatat(descriptor, id, &status, AT_SYMLINK_NOFOLLOW) != 0, cfleet_errno() == ENOENT { return nil }
        }
        let opened = RunDirectory(
            id: id,
            path: "\(path)/\(id)",
            descriptor: try StateDirectory.open(id, in: descriptor, named: "\(path)/\(id)")
        )
        if runs.count >= StateDirectory.openLimit { runs = [:] }
        runs[id] = opened
        return opened
    }

    /// The ids of all runs that have a directory.
    func runIDs() -> [String] {
        var ids: [String] = []
        try? forEachEntry(of: path) { name in
            if Identifier.isValid(name) { ids.append(name) }
        }
        return ids.sorted()
    }

    /// A failure to work in one of our own directories, in words.
    static func failure(_ path: String, _ fault: SystemFault) -> WireFailure {
        if fault.isFull {
            return .ofHost(.configuration, "The disk is full: \(path) cannot be written. Free some space.")
        }
        if fault.number == EACCES || fault.number == EROFS || fault.number == EPERM {
            return .ofHost(
                .configuration,
                "\(path) cannot be written (\(fault.words)). Make it writable for this account."
            )
        }
        return .ofHost(.inputOutput, "\(path) cannot be used (\(fault.words)).")
    }

    private static func absolute(_ path: String) throws(WireFailure) -> String {
        if path.hasPrefix("/") { return path }
        guard !path.isEmpty, let here = getcwd(nil, 0) else {
            throw WireFailure(.badRequest, "The state directory needs a path.")
        }
        defer { free(here) }
        return "\(String(cString: here))/\(path)"
    }

    /// Opens a directory that must be ours alone.
    private static func open(_ path: String, in directory: Int32, named name: String) throws(WireFailure) -> Int32 {
        let number = cfleet_openat(directory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        guard number >= 0 else {
            let fault = SystemFault.current
            guard fault.number == ELOOP || fault.number == ENOTDIR else { throw failure(name, fault) }
            throw WireFailure(
                .configuration,
                "\(name) is no directory, or a symbolic link, and is not used. Remove it, or name another place."
            )
        }
        let opened = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw failure(name, SystemFault.current) }
        guard status.st_uid == geteuid() else {
            throw WireFailure(
                .configuration,
                "\(name) belongs to another account (\(status.st_uid)) and is not used. Name another place."
            )
        }
        guard status.st_mode & 0o022 == 0 else {
            throw WireFailure(
                .configuration,
                "Others may write to \(name), so it is not used. Run `chmod go-w` on it."
            )
        }
        return opened.release()
    }
}

/// Removes what stands under a name in a directory, whole trees without following links; that there is nothing is as good.
func removeTree(_ name: String, in directory: Int32) {
    if unlinkat(directory, name, 0) == 0 || cfleet_errno() == ENOENT { return }
    let opened = cfleet_openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
    guard opened >= 0 else { return }
    let inner = Descriptor(owning: opened)
    var names: [String] = []
    try? forEachEntry(in: inner.number) { names.append($0) }
    for entry in names { removeTree(entry, in: inner.number) }
    _ = unlinkat(directory, name, AT_REMOVEDIR)
}

/// Makes a directory and those above it that are missing, for this account alone.
func makeDirectories(_ path: String) throws(SystemFault) {
    if mkdir(path, 0o700) == 0 { return }
    let fault = SystemFault.current
    if fault.number == EEXIST || fault.number == EISDIR { return }
    guard fault.number == ENOENT, let parent = parentDirectory(of: path), parent != path else { throw fault }
    try makeDirectories(parent)
    if mkdir(path, 0o700) != 0 {
        let fault = SystemFault.current
        if fault.number != EEXIST { throw fault }
    }
}

/// The directory that holds `path`; nothing for a name without a slash.
func parentDirectory(of path: String) -> String? {
    var bytes = Array(path.utf8)
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self)
}
