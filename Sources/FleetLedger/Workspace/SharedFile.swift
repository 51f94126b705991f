/// A small file of the workspace that several processes read and change: replaced as a whole, never half there.
package struct SharedFile: Sendable {
    /// Its place.
    package let path: String
    private let disk: any Disk

    /// More than this is not read.
    static let limit: Int64 = 8 << 20

    /// The file at `path`, which need not be there.
    package init(path: String, on disk: any Disk = SystemDisk()) {
        self.path = path
        self.disk = disk
    }

    /// What it holds; nothing where it is not there, cannot be read or is too long.
    package func read() -> [UInt8] {
        guard let file = try? disk.open(path, .read), let size = try? file.status().size, size <= Self.limit else {
            return []
        }
        return (try? file.read(Int(size), at: 0)) ?? []
    }

    /// Changes it, while nobody else does.
    ///
    /// - Parameter change: is given what it holds; nil leaves it as it is.
    /// - Throws: ``LedgerError`` where it cannot be written; then it is as it was.
    package func update(_ change: ([UInt8]) throws -> [UInt8]?) throws {
        let lock = try disk.open(path + ".lock", .update, .ifMissing)
        try lock.lock()
        defer { lock.unlock() }
        guard let bytes = try change(read()) else { return }
        let temporary = path + ".new"
        disk.remove(temporary)
        do {
            try disk.open(temporary, .append, .mustBeNew).write(bytes)
            try disk.rename(temporary, to: path)
        } catch {
            disk.remove(temporary)
            throw error
        }
    }
}
