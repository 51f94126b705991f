import CFleetSupervisor
import FleetWire

extension Attach {
    /// What is known of an attempt; never nothing.
    func report(of key: AttemptKey) throws(WireFailure) -> AttemptReport {
        if let number = numbers[key], let own = attempts[number] { return current(own) }
        guard let run = try state.run(key.run, create: false),
            let report = try report(of: key, in: run, anyNonce: false)
        else { return AttemptReport(key: key, state: .unknown) }
        return report
    }

    /// What an attempt's record tells; nothing where it has none, or is another with this number.
    ///
    /// A record whose lock nobody holds and that has no end belongs to a shim that died: what is left of it is ended.
    /// Where the shim lives nevertheless, this is a copy of its record, and the attempt is not ours to end.
    func report(of key: AttemptKey, in run: RunDirectory, anyNonce: Bool) throws(WireFailure) -> AttemptReport? {
        guard let record = try run.record(key) else { return nil }
        var content = try read(record, key, in: run)
        guard let start = content.start, anyNonce || start.key == key else { return nil }
        if let number = numbers[start.key], let own = attempts[number] { return current(own) }
        strangers.remove(start.key)
        if content.end == nil, record.tryLock(shared: true) {
            record.unlock()
            // It may have written the end and gone between the look at the file and that at the lock.
            content = try read(record, key, in: run)
            if content.end == nil {
                if runsElsewhere(record, start, content) {
                    strangers.insert(start.key)
                } else {
                    try salvage(start.key, in: run)
                }
            }
        }
        if let end = content.end { return end }
        return running(start, content)
    }

    private func read(
        _ record: borrowing AttemptRecordFile,
        _ key: AttemptKey,
        in run: RunDirectory
    ) throws(WireFailure) -> AttemptRecord {
        do throws(SystemFault) {
            return try record.read()
        } catch {
            throw StateDirectory.failure("\(run.path)/\(key.recordName)", error)
        }
    }

    /// The report of an attempt that is not over, by its record.
    private func running(_ start: RecordStart, _ content: AttemptRecord) -> AttemptReport {
        let isSalvaged = salvages.values.contains(start.key) || content.life?.isUnsupervised == true
        var report = AttemptReport(key: start.key, state: isSalvaged ? .unsupervised : .running)
        report.revision = Revision.starting
        if let life = content.life {
            report.pid = life.program.pid
            report.startedAt = life.startedAt
            report.revision = Revision.running
        }
        if let notice = content.notice {
            report.survivors = notice.survivors
            report.revision = notice.revision
        }
        if isSalvaged { report.revision = Revision.unsupervised }
        (report.logBytes, report.logDropped) = BoundedLogReader(path: start.logPath, head: start.logHead).extent()
        return report
    }

    private func current(_ own: OwnAttempt) -> AttemptReport {
        var report = own.report
        let extent = BoundedLogReader(path: own.start.logPath, head: own.start.logHead).extent()
        (report.logBytes, report.logDropped) = extent
        return report
    }

    // MARK: - Pushes

    /// Puts a report on the list of those to be pushed, where it is news.
    func push(_ report: AttemptReport) {
        guard report.revision > told[report.key] ?? 0 else { return }
        told[report.key] = report.revision
        pushes[report.key] = report
    }

    /// Sends what is to be pushed, unless the near end does not keep up: then the newest word of each attempt waits.
    func pushChanges() {
        guard isGreeted, !pushes.isEmpty, stream.backlog < FrameStream.outgoingLimit else { return }
        var batch = ReportBatch(id: 0)
        for report in pushes.values { batch.add(report, to: &stream) }
        batch.finish(&stream)
        pushes = [:]
    }

    // MARK: - Changes by others

    /// Begins to watch every run that is there.
    func watchAll() {
        for run in state.runIDs() { watcher.watch(run: run, path: "\(state.path)/\(run)") }
    }

    /// Looks at the records that were changed by whom ever.
    func takeChanges() {
        for change in watcher.changes() {
            switch change {
            case .run(let run):
                // Records may have been made before the watch was.
                if watcher.watch(run: run, path: "\(state.path)/\(run)") { lookAgain(run) }
            case .record(let run, let name): look(name, of: run)
            case .lost: for run in state.runIDs() { lookAgain(run) }
            }
        }
    }

    private func lookAgain(_ run: String) {
        guard let directory = (try? state.run(run, create: false)) ?? nil else { return }
        for key in directory.keys() { look(key.recordName, of: run) }
    }

    private func look(_ name: String, of run: String) {
        guard let key = AttemptKey.parse(recordName: name, run: run) else { return }
        guard let directory = (try? state.run(run, create: false)) ?? nil,
            let report = (try? report(of: key, in: directory, anyNonce: true)) ?? nil
        else {
            for known in told.keys where known.run == run && known.task == key.task && known.attempt == key.attempt {
                told[known] = nil
            }
            return
        }
        // What our own shims do, they say themselves.
        guard numbers[report.key] == nil else { return }
        push(report)
    }
}
