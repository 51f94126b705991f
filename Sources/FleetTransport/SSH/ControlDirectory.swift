#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A short private directory for the sockets and words of ssh clients, locked as long as it is in use.
///
/// The path of a socket may have 104 bytes on some systems, of which ssh itself takes 17. What a process that was killed
/// left is removed when the next directory is made.
final class ControlDirectory: Sendable {
    /// Its path.
    let path: String
    private let lock: CInt

    /// The longest path of a place for them, in bytes.
    static let placeLimit = 60

    /// Makes one, where the environment says that temporary files go, or in `/tmp`.
    ///
    /// - Throws: ``TransportError`` of code `configuration`.
    init(environment: [String: String]) throws {
        var reasons: [String] = []
        for place in [environment["XDG_RUNTIME_DIR"], environment["TMPDIR"], "/tmp"].compactMap(\.self)
        where place.hasPrefix("/") && place.utf8.count <= Self.placeLimit {
            do throws(Fault) {
                let home = "\(place)/codewhale-\(geteuid())"
                try Self.makePrivate(home)
                // One at a time: until it is locked, a new directory looks like one that was left behind.
                let turn = try Self.takeTurn(in: home)
                defer { _ = close(turn) }
                Self.removeStale(in: home)
                (path, lock) = try Self.make(in: home)
                return
            } catch {
                reasons.append("\(place): \(error.words)")
            }
        }
        throw TransportError(
            .configuration,
            "no private directory for the sockets of ssh can be made (\(reasons.joined(separator: "; ")))",
            reason: .client,
            hint: "set TMPDIR to a short path that this account may write"
        )
    }

    deinit { _ = close(lock) }

    /// Whether it is still there: what cleans temporary files may have removed it.
    var exists: Bool { access("\(path)/lock", F_OK) == 0 }

    /// Removes it with all that is in it.
    func remove() { Self.removeFiles(path) }

    // MARK: - Making and removing

    private struct Fault: Error {
        let words: String
        static var current: Fault { Fault(words: String(cString: strerror(errno))) }
    }

    private static func makePrivate(_ path: String) throws(Fault) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .current }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .current }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw Fault(words: "\(path) is not this account's alone")
        }
    }

    /// Waits until nobody else makes or removes directories; closing the descriptor ends the turn.
    private static func takeTurn(in home: String) throws(Fault) -> CInt {
        let descriptor = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .current }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let fault = Fault.current
                _ = close(descriptor)
                throw fault
            }
        }
        return descriptor
    }

    private static func make(in home: String) throws(Fault) -> (String, CInt) {
        for _ in 0..<100 {
            let path = "\(home)/\(String(UInt32.random(in: .min ... .max), radix: 36))"
            guard mkdir(path, 0o700) == 0 else {
                if errno == EEXIST { continue }
                throw .current
            }
            let lock = open("\(path)/lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .current }
            return (path, lock)
        }
        throw Fault(words: "no free name")
    }

    /// Removes directories whose processes are gone: nobody holds their lock.
    private static func removeStale(in home: String) {
        for name in entries(of: home) {
            let path = "\(home)/\(name)"
            let lock = open("\(path)/lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            if lock < 0 {
                // One that is being made has no lock yet; an old one without is of no use.
                var status = stat()
                if lstat(path, &status) == 0, time(nil) - status.modified > 60 { removeFiles(path) }
                continue
            }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { removeFiles(path) }
            _ = close(lock)
        }
    }

    private static func removeFiles(_ path: String) {
        for name in entries(of: path) { _ = unlink("\(path)/\(name)") }
        _ = rmdir(path)
    }

    private static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

extension stat {
    fileprivate var modified: Int {
        #if canImport(Darwin)
        st_mtimespec.tv_sec
        #else
        st_mtim.tv_sec
        #endif
    }
}
