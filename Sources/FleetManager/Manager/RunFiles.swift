import FleetCore
import FleetLedger
import FleetWire

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The spec of a run as it was accepted, beside the ledger.
enum RunFiles {
    /// Writes it, durable, and returns its digest.
    static func store(_ spec: RunSpec, of run: RunID, in workspace: Workspace) throws -> String {
        let bytes = spec.specJSON
        try write(bytes, to: workspace.spec(run))
        // A name that the disk does not hold yet would be lost with the power, and the ledger would name no spec.
        for directory in [workspace.run(run), workspace.fleet] { sync(directory) }
        return SHA256.hexDigest(of: bytes)
    }

    /// Makes the directory of what host adapters did and saw; that it cannot be made is told by whoever needs it.
    static func makeHostsDirectory(_ workspace: Workspace) { _ = mkdir(workspace.hosts, 0o700) }

    /// Reads it again, and checks it against the digest of the ledger.
    static func load(_ run: RunID, digest: String, in workspace: Workspace) throws -> RunSpec {
        let path = workspace.spec(run)
        guard let bytes = read(path) else {
            throw ManagerError(.notFound, "the spec of run \(run) cannot be read: \(path)")
        }
        guard SHA256.hexDigest(of: bytes) == digest else {
            throw ManagerError(
                .configuration,
                "the spec of run \(run) was changed after it was accepted: \(path)",
                hint: "start a new run with the changed spec"
            )
        }
        return try RunSpec(acceptedJSON: bytes)
    }

    private static func sync(_ directory: String) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        _ = close(descriptor)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("written", path) }
        defer { _ = close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("written", path) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("written", path) }
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private static func failure(_ what: String, _ path: String) -> LedgerError {
        let number = errno
        return LedgerError(
            number == ENOSPC || number == EDQUOT ? .full : .unwritable,
            "\(path) cannot be \(what): \(String(cString: strerror(number)))",
            hint: "make room, or give a workspace that can be written with --workspace",
            errno: number
        )
    }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

private func systemRead(_ descriptor: CInt, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, bytes, count)
}
