import CFleetSupervisor
import FleetWire

/// Copies what an attempt left and was asked for into its artifacts directory, and digests all that is there.
///
/// Repeating it changes nothing: a file that is in the artifacts directory already stays as it is, unless it is a copy
/// that a loss of power has cut short.
struct Collector {
    /// The attempt.
    let start: RecordStart
    /// Globs, relative to the working directory.
    let patterns: [String]

    private static let problemLimit = 20

    /// The life of the forked process: the answer goes to `pipe`.
    func run(answer pipe: Int32) -> Never {
        let bytes = collect().wireBytes
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                CFleetSupervisor.write(pipe, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count > 0 { written += count } else if cfleet_errno() != EINTR { _exit(1) }
        }
        _exit(0)
    }

    /// What there is.
    func collect() -> CollectReply {
        var reply = CollectReply()
        var taken: Set<String> = []
        for (index, pattern) in patterns.enumerated() { take(pattern, UInt32(index + 1), &taken, &reply) }
        listOwn(except: taken, &reply)
        reply.entries.sort { ($0.path, $0.pattern) < ($1.path, $1.pattern) }
        if reply.entries.count > GlobWalk.matchLimit {
            note("more than \(GlobWalk.matchLimit) artifacts; the rest was left out", &reply)
            reply.entries.removeLast(reply.entries.count - GlobWalk.matchLimit)
        }
        return reply
    }

    private func take(_ pattern: String, _ number: UInt32, _ taken: inout Set<String>, _ reply: inout CollectReply) {
        let opened = cfleet_openat(AT_FDCWD, start.workingDirectory, O_RDONLY | O_DIRECTORY, 0)
        guard opened >= 0 else {
            return note("\(start.workingDirectory) cannot be read (\(SystemFault.current.words))", &reply)
        }
        let root = Descriptor(owning: opened)
        var walk = GlobWalk(root: root.number)
        walk.find(Glob(pattern))
        if walk.isCut { note("\(pattern) meets too many files; some were left out", &reply) }
        for path in walk.paths.sorted() {
            do throws(SystemFault) {
                var entry = try copy(path, from: root.number)
                entry.pattern = number
                reply.entries.append(entry)
                taken.insert(path)
            } catch {
                note("\(path) could not be copied (\(error.words))", &reply)
            }
        }
    }

    /// Copies one file, under another name first, so that half a copy is never taken for an artifact.
    ///
    /// It is on the disk before it has its name: the receipt tells its digest for good.
    private func copy(_ path: String, from root: Int32) throws(SystemFault) -> ArtifactEntry {
        let target = "\(start.artifactsDirectory)/\(path)"
        if access(target, F_OK) != 0 || isCutShort(target, path, root) {
            let source = try InnerFile.open(path, in: root)
            if let parent = parentDirectory(of: target) { try makeDirectories(parent) }
            let draft = "\(target).\(getpid()).part"
            do throws(SystemFault) {
                try copyBytes(of: source.number, to: draft)
                guard rename(draft, target) == 0 else { throw SystemFault.current }
                synchronizeParent(of: target)
            } catch {
                _ = unlink(draft)
                throw error
            }
        }
        return try entry(path)
    }

    private func copyBytes(of source: Int32, to path: String) throws(SystemFault) {
        let target = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        var offset = 0
        while true {
            let part = try readFully(source, at: offset, count: 256 << 10)
            if part.isEmpty { break }
            try writeFully(part, to: target.number, at: offset)
            offset += part.count
        }
        let status = try fileStatus(of: source)
        let times = [status.st_atim, status.st_mtim]
        _ = futimens(target.number, times)
        guard fsync(target.number) == 0 else { throw SystemFault.current }
    }

    /// Whether a copy has its source's time and fewer bytes, as one that was not on the disk when the power went.
    private func isCutShort(_ target: String, _ path: String, _ root: Int32) -> Bool {
        guard let source = try? InnerFile.open(path, in: root), let wanted = try? source.status() else { return false }
        var found = stat()
        guard lstat(target, &found) == 0, found.isRegular, found.st_size < wanted.st_size else { return false }
        return found.st_mtim.tv_sec == wanted.st_mtim.tv_sec && found.st_mtim.tv_nsec == wanted.st_mtim.tv_nsec
    }

    /// Sees a name to the disk, where the file system can.
    private func synchronizeParent(of path: String) {
        guard let parent = parentDirectory(of: path),
            let directory = try? Descriptor.open(parent, O_RDONLY | O_DIRECTORY)
        else { return }
        _ = fsync(directory.number)
    }

    /// Lists what the program put into the artifacts directory itself.
    private func listOwn(except taken: Set<String>, _ reply: inout CollectReply) {
        let opened = cfleet_openat(AT_FDCWD, start.artifactsDirectory, O_RDONLY | O_DIRECTORY, 0)
        guard opened >= 0 else { return }
        let root = Descriptor(owning: opened)
        var walk = GlobWalk(root: root.number)
        walk.findAll()
        if walk.isCut { note("the artifacts directory holds too many files; some were left out", &reply) }
        for path in walk.paths.subtracting(taken).sorted() {
            do throws(SystemFault) {
                reply.entries.append(try entry(path))
            } catch {
                note("\(path) could not be read (\(error.words))", &reply)
            }
        }
    }

    private func entry(_ path: String) throws(SystemFault) -> ArtifactEntry {
        let directory = try Descriptor.open(start.artifactsDirectory, O_RDONLY | O_DIRECTORY)
        let file = try InnerFile.open(path, in: directory.number)
        var digest = SHA256()
        var entry = ArtifactEntry()
        entry.path = path
        while true {
            let part = try readFully(file.number, at: Int(entry.bytes), count: 256 << 10)
            if part.isEmpty { break }
            part.withUnsafeBytes { digest.update($0) }
            entry.bytes += UInt64(part.count)
        }
        entry.digest = digest.hexDigest()
        return entry
    }

    private func note(_ problem: String, _ reply: inout CollectReply) {
        guard reply.problems.count < Collector.problemLimit else { return }
        reply.problems.append(String(decoding: problem.utf8.prefix(1_000), as: UTF8.self))
    }
}
