import CFleetSupervisor
import FleetWire

extension Attach {
    /// Gives an attempt up: no start of it, however late it arrives, is carried out from now on.
    ///
    /// - Returns: what is known of it. One that was started before goes on.
    func claim(_ key: AttemptKey) throws(WireFailure) -> AttemptReport {
        try Identifier.check(key)
        do throws(WireFailure) {
            return try mark(key)
        } catch {
            // A host that has never heard of the run has nothing taken ahead for it.
            guard error.code == .configuration, SpareSpace.release(in: state.descriptor) else { throw error }
            defer { SpareSpace.take(in: state.descriptor) }
            return try mark(key)
        }
    }

    private func mark(_ key: AttemptKey) throws(WireFailure) -> AttemptReport {
        guard let run = try state.run(key.run, create: true) else { throw unknownAttempt(key) }
        watcher.watch(run: run.id, path: run.path)
        try run.marks.lock()
        defer { run.marks.unlock() }
        try raise([(key.task, key.attempt)], in: run)
        return try report(of: key)
    }

    /// Removes the records of attempts that are over, and what lies beside them; their marks stay.
    ///
    /// - Throws: ``WireFailure`` of code `refused` where only what nobody drives is to be removed, and somebody does.
    func cleanup(_ request: CleanupRequest) throws(WireFailure) {
        let keys = request.keys
        for key in keys { try Identifier.check(key) }
        var running: AttemptKey?
        for (id, group) in Dictionary(grouping: keys, by: \.run) {
            guard let run = try state.run(id, create: false) else { continue }
            try run.marks.lock()
            defer { run.marks.unlock() }
            // Here as well: the end that came before this may have taken long.
            if request.onlyUnowned { try checkUnowned() }
            var over: [(key: AttemptKey, start: RecordStart)] = []
            for key in group {
                let report = try report(of: key)
                switch report.state {
                case .running, .unsupervised: running = running ?? key
                case .unknown: break
                case .exited, .lost:
                    if let start = try recordedStart(of: key) { over.append((key, start)) }
                }
            }
            // On a disk that they have filled, this makes room for the rest.
            for (key, start) in over where start.ownsFiles { removeFiles(key, start, in: run) }
            try raise(over.map { ($0.key.task, $0.key.attempt) }, in: run)
            for (key, _) in over { remove(key, in: run) }
        }
        guard let running else { return }
        throw WireFailure(
            .running,
            "Attempt \(running.attempt) of task \(running.task) still runs. Interrupt or stop it first."
        )
    }

    private func raise(_ marks: [(task: String, attempt: UInt32)], in run: RunDirectory) throws(WireFailure) {
        guard !marks.isEmpty else { return }
        do throws(SystemFault) {
            try run.marks.raise(marks, durable: true)
        } catch {
            throw StateDirectory.failure("\(run.path)/\(Marks.name)", error)
        }
    }

    private func removeFiles(_ key: AttemptKey, _ start: RecordStart, in run: RunDirectory) {
        BoundedLog.remove(start.logPath)
        removeTree("artifacts/\(key.stem)", in: run.descriptor)
    }

    private func remove(_ key: AttemptKey, in run: RunDirectory) {
        told[key] = nil
        pushes[key] = nil
        _ = unlinkat(run.descriptor, key.recordName, 0)
    }
}
