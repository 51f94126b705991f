import CFleetSupervisor
import FleetWire

/// The workspaces of the account on this host, found by their directories: also those of which nobody knows any more.
extension Attach {
    /// The most workspaces that are told of.
    private static let workspaceLimit = 1_000

    /// Renews the workspace's lease.
    func renew(_ request: LeaseRequest) throws(WireFailure) {
        do throws(SystemFault) {
            try OwnerLease.renew(in: state.descriptor, validity: request.validity, bootID: host.bootID)
        } catch {
            throw StateDirectory.failure("\(state.path)/\(OwnerLease.name)", error)
        }
    }

    /// What each of the account's workspaces has here.
    func workspaces() -> Workspaces {
        var entries: [WorkspaceEntry] = []
        for id in place.workspaceIDs().prefix(Attach.workspaceLimit) {
            guard let directory = directory(of: id) else { continue }
            var entry = WorkspaceEntry()
            entry.id = id
            entry.isOwn = id == place.workspaceID
            note(OwnerLease.read(in: directory.descriptor), in: &entry)
            survey(directory) { report in
                switch report.state {
                case .running, .unsupervised: entry.running += 1
                case .exited, .lost: entry.ended += 1
                case .unknown: break
                }
            }
            entries.append(entry)
        }
        return Workspaces(entries)
    }

    private func note(_ lease: OwnerLease?, in entry: inout WorkspaceEntry) {
        guard let lease else { return }
        entry.hasLease = true
        entry.leaseLeft = lease.left(bootID: host.bootID)
        // Of one of an earlier life of the host nobody knows for how long.
        guard entry.leaseLeft == 0, lease.bootID == host.bootID else { return }
        entry.leaseOver = max(Clock.sinceBoot &- lease.validUntil, 1)
    }

    /// Answers for all attempts of another workspace, and changes nothing there.
    func status(ofWorkspace id: String, to batch: inout ReportBatch) throws(WireFailure) {
        guard Identifier.isValid(id) else { throw WireFailure(.badRequest, "The workspace's id has no valid form.") }
        guard let directory = directory(of: id) else { return }
        survey(directory) { batch.add($0, to: &stream) }
    }

    /// Refuses to end what somebody drives, or may drive.
    func checkUnowned() throws(WireFailure) {
        guard let lease = OwnerLease.read(in: state.descriptor) else {
            throw WireFailure(.refused, "The workspace never had a lease here: a manager may drive its attempts.")
        }
        guard lease.left(bootID: host.bootID) == 0 else {
            throw WireFailure(.refused, "A manager drives the workspace's attempts.")
        }
    }

    private func directory(of id: String) -> StateDirectory? {
        if id == place.workspaceID { return state }
        guard let path = place.path(of: id) else { return nil }
        return try? StateDirectory(existing: path)
    }

    /// Looks at every record of a state directory, without a lock, a salvage or any other change.
    private func survey(_ directory: StateDirectory, _ take: (AttemptReport) -> Void) {
        for id in directory.runIDs() {
            guard let run = (try? directory.run(id, create: false)) ?? nil else { continue }
            for key in run.keys() {
                guard let record = (try? run.record(key)) ?? nil, let content = try? record.read(),
                    let start = content.start
                else { continue }
                let isHeld = !record.tryLock(shared: true)
                take(survey(start, content, isHeld: isHeld || runsElsewhere(record, start, content)))
            }
        }
    }

    private func survey(_ start: RecordStart, _ content: AttemptRecord, isHeld: Bool) -> AttemptReport {
        if let end = content.end { return end }
        var report = AttemptReport(key: start.key, state: isHeld ? .running : .unsupervised)
        if let life = content.life {
            report.pid = life.program.pid
            report.startedAt = life.startedAt
            // It ended with that life of the host; nobody has written so yet.
            if !isHeld, life.host != host { report.state = .lost }
        }
        return report
    }
}
