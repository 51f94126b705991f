import FleetWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file of an attempt that is being copied here: it has its name only once it is whole.
struct ArtifactFile: ~Copyable {
    /// Why it cannot be had.
    struct Failure: Error {
        /// A sentence.
        let message: String
    }

    private let path: String
    private let name: String
    private let temporary: String
    private let descriptor: CInt
    private var digest = SHA256()
    private var isKept = false
    /// What is here of it, in bytes.
    private(set) var length: UInt64 = 0

    /// Begins a file, 0600, and makes the directories that lead to it, 0700.
    ///
    /// - Parameters:
    ///   - name: its path within `directory`, checked.
    ///   - directory: the attempt's artifacts directory.
    /// - Returns: the file, empty.
    /// - Throws: ``Failure``.
    static func begin(_ name: String, in directory: String) throws -> ArtifactFile {
        var parent = directory
        try makeDirectory(parent, name)
        for part in name.split(separator: "/").dropLast() {
            parent += "/" + part
            try makeDirectory(parent, name)
        }
        let temporary = directory + "/.incoming"
        _ = unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(name) }
        return ArtifactFile(name, path: directory + "/" + name, temporary: temporary, descriptor: descriptor)
    }

    private init(_ name: String, path: String, temporary: String, descriptor: CInt) {
        self.name = name
        self.path = path
        self.temporary = temporary
        self.descriptor = descriptor
    }

    deinit {
        _ = close(descriptor)
        if !isKept { _ = unlink(temporary) }
    }

    /// Adds bytes.
    mutating func append(_ bytes: [UInt8]) throws {
        digest.update(bytes)
        length += UInt64(bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(name) }
            rest = rest.dropFirst(count)
        }
    }

    /// Gives it its name, if it is what the host has.
    mutating func keep(digest wanted: String) throws {
        guard digest.hexDigest() == wanted else {
            throw Failure(message: "the copy of the artifact \(name) has not the digest that the host told")
        }
        // A name that is there after a loss of power must not lead to less than was told of it.
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw Self.failure(name) }
        isKept = true
    }

    private static func makeDirectory(_ path: String, _ name: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw failure(name) }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            errno = ENOTDIR
            throw failure(name)
        }
    }

    private static func failure(_ name: String) -> Failure {
        Failure(message: "the artifact \(name) cannot be written here: \(String(cString: strerror(errno)))")
    }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
