import CFleetSupervisor
import FleetWire

/// A run's part of the state directory: the records of its attempts, and the marks of its tasks.
final class RunDirectory {
    /// The run's id.
    let id: String
    /// Its path, absolute.
    let path: String
    /// Its descriptor.
    let descriptor: Int32
    /// The tasks' high-water marks.
    let marks: Marks

    /// A directory that is open already; the descriptor is its own from here on.
    init(id: String, path: String, descriptor: Int32) {
        self.id = id
        self.path = path
        self.descriptor = descriptor
        marks = Marks(directory: descriptor)
    }

    deinit { _ = close(descriptor) }

    /// Whether the directory is still in its place.
    var isCurrent: Bool {
        guard let status = try? fileStatus(of: descriptor) else { return false }
        return status.st_nlink > 0
    }

    /// The attempts that have a record, without nonces.
    func keys() -> [AttemptKey] {
        var keys: [AttemptKey] = []
        try? forEachEntry(of: path) { name in
            if let key = AttemptKey.parse(recordName: name, run: id) { keys.append(key) }
        }
        return keys
    }

    /// Opens an attempt's record; nothing where there is none.
    func record(_ key: AttemptKey, writing: Bool = false) throws(WireFailure) -> AttemptRecordFile? {
        do {
            return try AttemptRecordFile.open(key.recordName, in: descriptor, writing: writing)
        } catch {
            throw StateDirectory.failure("\(path)/\(key.recordName)", error)
        }
    }

    /// Where an attempt's log lies that has no place given: not beside the record, whose directory is watched.
    func logPath(_ key: AttemptKey) -> String { "\(path)/logs/\(key.stem).log" }

    /// Where an attempt's artifacts lie that have no place given.
    func artifactsPath(_ key: AttemptKey) -> String { "\(path)/artifacts/\(key.stem)" }
}
