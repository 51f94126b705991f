import FleetCore
import FleetLedger
import FleetSupervisor
import FleetWire

/// Copies what an attempt left into a directory, and checks it against the receipt.
///
/// A copy takes no other file's place, and none lies outside of the directory, whatever the receipt says and whatever
/// links there are. A copy that is not what the receipt says is removed.
struct ArtifactCopier {
    private let workspace: Workspace
    private let named: OpenWorkspace.NamedAttempt
    private let directory: String
    private let target: DirectoryTree

    /// Opens the directory, and makes it where it is not there.
    ///
    /// - Throws: `cannotCreate` where it cannot be made or opened.
    init(
        _ named: OpenWorkspace.NamedAttempt,
        of workspace: Workspace,
        into directory: String
    ) throws(CommandError) {
        self.workspace = workspace
        self.named = named
        self.directory = directory
        do {
            try DirectoryTree.make(directory)
            target = try DirectoryTree(directory)
        } catch {
            throw CommandError(.cannotCreate, "\(directory) cannot be used: \(error.text)")
        }
    }

    /// Copies one, and returns where to.
    ///
    /// - Throws: `mismatch` where it is not what the receipt says, `cannotCreate` where something is there already.
    func copy(_ artifact: ArtifactRecord) throws(CommandError) -> String {
        if isLog(artifact) {
            let path = workspace.log(named.run, named.task, attempt: named.attempt.number)
            var reading = LogReading(BoundedLogReader(path: path))
            let name = "\(named.task).\(named.attempt.number).log"
            return try write(artifact, as: [name], mode: 0o644) { () throws(System.Failure) in
                while let part = reading.next() {
                    if case .bytes(_, let bytes) = part { return bytes }
                }
                return []
            }
        }
        let rest = try self.place(of: artifact)
        let file: (descriptor: Int32, mode: UInt32)
        do throws(System.Failure) {
            // Links count in the workspace's own path, as its owner made them, but not in what the attempt left.
            let tree = try DirectoryTree(workspace.artifacts(named.run))
            file = try tree.open(["\(named.task).\(named.attempt.number)"] + rest)
        } catch {
            throw CommandError(.mismatch, "\(artifact.place) cannot be read any more: \(error.text)")
        }
        defer { System.close(file.descriptor) }
        return try write(artifact, as: rest, mode: file.mode | 0o600) { () throws(System.Failure) in
            try System.read(file.descriptor, limit: LogReading.chunk)
        }
    }

    private func write(
        _ artifact: ArtifactRecord,
        as components: [String],
        mode: UInt32,
        _ next: () throws(System.Failure) -> [UInt8]
    ) throws(CommandError) -> String {
        let path = ([directory] + components).joined(separator: "/")
        do throws(System.Failure) {
            let file = try target.create(components, mode: mode)
            defer { System.close(file) }
            var digest = SHA256()
            var count: Int64 = 0
            while case let bytes = try next(), !bytes.isEmpty, count <= artifact.bytes {
                digest.update(bytes)
                count += Int64(bytes.count)
                try System.write(bytes, to: file)
            }
            if count == artifact.bytes, digest.hexDigest() == artifact.sha256 { return path }
        } catch {
            // What is there already is not ours to remove.
            if error.isPresent {
                throw CommandError(.cannotCreate, "\(path) is there already, and is not overwritten")
            }
            target.remove(components)
            throw CommandError(.cannotCreate, "\(path) cannot be written: \(error.text)")
        }
        target.remove(components)
        throw CommandError(.mismatch, "\(artifact.place) is not what the receipt says, and was not copied")
    }

    private func isLog(_ artifact: ArtifactRecord) -> Bool {
        // Of an empty log there is no file; the copy is one.
        guard let path = artifact.path else { return true }
        return workspace.root + "/" + path == workspace.log(named.run, named.task, attempt: named.attempt.number)
    }

    /// Where it lies below the directory that the attempt had for its artifacts.
    private func place(of artifact: ArtifactRecord) throws(CommandError) -> [String] {
        let root = workspace.artifacts(named.run, named.task, attempt: named.attempt.number) + "/"
        let path = workspace.root + "/" + (artifact.path ?? "")
        let rest = path.dropFirst(root.count).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard path.hasPrefix(root), !rest.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw CommandError(.mismatch, "\(artifact.place) does not lie where \(named.name) could leave anything")
        }
        return rest
    }
}
