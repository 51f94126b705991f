import CFleetSupervisor
import FleetWire

/// A process that collects the artifacts of one attempt, so that large files hold nobody up.
struct ArtifactCollection {
    /// Whom to answer.
    let id: UInt32
    /// The process.
    let process: pid_t
    /// Where its answer comes from.
    let pipe: Int32
    /// What of it is here.
    var bytes: [UInt8] = []

    /// What to wait for.
    var polled: pollfd { pollfd(fd: pipe, events: Int16(POLLIN), revents: 0) }
}

extension Attach {
    /// How many collect at once; more wait.
    private static let collectionLimit = 8

    /// Collects the artifacts of an attempt that is over.
    func collect(_ request: CollectRequest, id: UInt32) throws(WireFailure) {
        try Identifier.check(request.key)
        guard collections.count < Attach.collectionLimit else {
            waitingCollections.append((id, request))
            return
        }
        let report = try report(of: request.key)
        guard report.state != .unknown, let start = try recordedStart(of: request.key) else {
            throw unknownAttempt(request.key)
        }
        guard report.state == .exited || report.state == .lost else {
            throw WireFailure(.running, "Attempt \(request.key.attempt) of task \(request.key.task) still runs.")
        }
        var pipe: [Int32] = [-1, -1]
        guard cfleet_pipe(&pipe) == 0 else { throw collectFailure() }
        let child = cfleet_fork()
        if child == 0 {
            leaveParent(keeping: [pipe[1], null], null: null)
            Collector(start: start, patterns: request.patterns).run(answer: pipe[1])
        }
        let failure = collectFailure()
        _ = close(pipe[1])
        guard child > 0 else {
            _ = close(pipe[0])
            throw failure
        }
        _ = cfleet_set_nonblocking(pipe[0])
        collections.append(ArtifactCollection(id: id, process: child, pipe: pipe[0]))
    }

    private func collectFailure() -> WireFailure {
        WireFailure(.inputOutput, "The host refused another process or descriptor (\(SystemFault.current.words)).")
    }

    /// Reads what collectors answer, and answers for those that are done.
    func readCollections() {
        var done: [ArtifactCollection] = []
        for place in collections.indices {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = buffer.withUnsafeMutableBytes { read(collections[place].pipe, $0.baseAddress, $0.count) }
                if count > 0 {
                    collections[place].bytes += buffer.prefix(count)
                } else if count == 0 {
                    done.append(collections[place])
                    break
                } else if cfleet_errno() != EINTR {
                    break
                }
            }
        }
        guard !done.isEmpty else { return }
        collections.removeAll { one in done.contains { $0.pipe == one.pipe } }
        for collection in done {
            _ = close(collection.pipe)
            if let answer = try? CollectReply(wireBytes: collection.bytes[...]) {
                reply(.collected(answer), to: collection.id)
            } else {
                reply(.failure(WireFailure(.inputOutput, "The artifacts could not be collected.")), to: collection.id)
            }
        }
        while collections.count < Attach.collectionLimit, !waitingCollections.isEmpty {
            let (id, request) = waitingCollections.removeFirst()
            answer(.collect(request), id: id)
        }
    }

    /// A part of an artifact.
    func chunk(of request: ArtifactRequest) throws(WireFailure) -> FileChunk {
        try Identifier.check(request.key)
        guard let start = try recordedStart(of: request.key) else { throw unknownAttempt(request.key) }
        do throws(SystemFault) {
            let directory = try Descriptor.open(start.artifactsDirectory, O_RDONLY | O_DIRECTORY)
            let file = try InnerFile.open(request.path, in: directory.number)
            var chunk = FileChunk()
            chunk.offset = request.offset
            chunk.total = UInt64(max(try file.status().st_size, 0))
            if request.offset < chunk.total {
                let count = min(Int(request.limit), Attach.chunkLimit)
                chunk.bytes = try readFully(file.number, at: Int(request.offset), count: count)
            }
            chunk.isFinal = request.offset + UInt64(chunk.bytes.count) >= chunk.total
            return chunk
        } catch {
            let place = "\(start.artifactsDirectory)/\(request.path)"
            throw WireFailure(.inputOutput, "The artifact \(place) cannot be read (\(error.words)).")
        }
    }
}
