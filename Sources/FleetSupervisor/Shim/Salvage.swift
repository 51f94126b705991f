import CFleetSupervisor
import FleetWire

/// Ends what is left of an attempt whose shim died, and writes down that it is lost.
///
/// It runs in a process of its own.
struct Salvage {
    /// Which attempt.
    let key: AttemptKey
    /// Tells the messages from those of others.
    let number: UInt32
    /// The run's directory.
    let directory: Int32
    /// Where ``ShimMessage`` go.
    let pipe: Int32
    /// A descriptor of `/dev/null`.
    let null: Int32
    /// This life of the host.
    let host: HostIdentity
    /// Orphans that came to `attach`.
    let orphans: [ProcessStat]

    /// How long killed processes may take to vanish, in milliseconds.
    private static let patience: UInt64 = 5_000

    /// The life of the forked process.
    ///
    /// It does nothing where another has the record's lock.
    func run() -> Never {
        let parent = getppid()
        leaveParent(keeping: [directory, pipe, null], null: null)
        guard let opened = try? AttemptRecordFile.open(key.recordName, in: directory, writing: true) else { _exit(1) }
        guard takeLock(opened), let record = try? opened.read(), record.end == nil else { _exit(0) }
        var report = AttemptReport(key: key, state: .lost)
        // What another life of the host ran ended with it. What a copy does not name is the original's to end.
        let isCopy = record.life == nil && record.start.map { opened.isCopy(of: $0) } ?? false
        if record.life?.host ?? host == host, !isCopy {
            if var life = record.life {
                report.startedAt = life.startedAt
                report.pid = life.program.pid
                life.isUnsupervised = true
                try? opened.write(.life, life)
            }
            endAll(Leftovers(key: key, life: record.life, orphans: orphans, spared: [getpid(), parent]), &report)
        }
        if let start = record.start {
            let extent = BoundedLogReader(path: start.logPath, head: start.logHead).extent()
            report.logBytes = extent.total
            report.logDropped = extent.dropped
            _ = rmdir(start.artifactsDirectory)
        }
        report.finishedAt = Clock.wall
        report.revision = Revision.ended
        try? opened.write(.end, report)
        try? opened.synchronize()
        ShimMessage.ended(report).send(number, to: pipe)
        _exit(0)
    }

    /// A look at the lock by another `attach` may hold it for a moment.
    private func takeLock(_ record: borrowing AttemptRecordFile) -> Bool {
        for _ in 0..<50 {
            if record.tryLock() { return true }
            pause(2)
        }
        return false
    }

    private func endAll(_ leftovers: Leftovers, _ report: inout AttemptReport) {
        var killer = TreeKiller()
        let end = Clock.steady &+ Salvage.patience
        while true {
            let alive = killer.round(leftovers.find)
            if killer.isDone || Clock.steady >= end {
                report.survivors = alive.prefix(32).map { UInt32($0.pid) }
                report.leftBehind = UInt32(killer.told.subtracting(alive.map(\.pid)).count)
                return
            }
            pause(5)
        }
    }

    private func pause(_ milliseconds: Int32) { poll(nil, 0, milliseconds) }
}
