import CFleetSupervisor
import FleetWire

/// Attempts of which this state directory has copies of the records alone.
///
/// Who copies a workspace or a home while attempts run, as a backup does, copies their records, and not the locks by
/// which shims say that they live. Such attempts are others' to end: they are told of as running, and never touched.
extension Attach {
    /// Milliseconds between two looks.
    ///
    /// Their ends are written elsewhere, so that nothing wakes us. The time also serves a shim that is killed: its locks
    /// are free a moment before it is seen to be dead.
    private static let strangerPatience: UInt64 = 500

    /// Whether an attempt, whose record has no end and is not locked, has a shim that lives.
    func runsElsewhere(_ record: borrowing AttemptRecordFile, _ start: RecordStart, _ content: AttemptRecord) -> Bool {
        if let life = content.life {
            guard life.host == host, let seen = ProcessStat.read(pid_t(bitPattern: life.shim.pid)) else { return false }
            return life.shim.matches(seen)
        }
        // The shim had not written yet who it is. In the original it died, and what it started is ours to end.
        guard record.isCopy(of: start) else { return false }
        return !Leftovers.pids(of: start.key).isEmpty
    }

    /// Why such an attempt is not ended from here, as an answer.
    func refusal(_ report: AttemptReport) -> EndReply {
        var report = report
        report.survivors = report.pid > 0 ? [report.pid] : Leftovers.pids(of: report.key)
        return EndReply(
            outcome: .survivors,
            report: report,
            reason: "\(state.path) is a copy, made while the attempt ran: it is ended from the original"
        )
    }

    /// How long the loop may wait for the sake of these.
    var strangersTimeout: Int32 {
        guard !strangers.isEmpty else { return -1 }
        let now = Clock.steady
        return Int32(strangersDue > now ? min(strangersDue - now, Attach.strangerPatience) : 0)
    }

    /// Looks whether they still run, where it is time.
    func lookAtStrangers() {
        guard !strangers.isEmpty, Clock.steady >= strangersDue else { return }
        for key in strangers {
            if let report = try? report(of: key) { push(report) }
        }
        strangersDue = Clock.steady &+ Attach.strangerPatience
    }
}
