import FleetCore
import TestSupport
import Testing

@testable import FleetLedger

/// Ended runs that are moved out of the ledger.
@Suite struct CompactionTests {
    static let worker = WorkerSummary(id: WorkerID(unchecked: "w"), host: "local", slots: 1, digest: "d")
    static let task = TaskID(unchecked: "t")

    static func run(_ name: String) -> RunID { RunID(unchecked: name) }

    /// A run from its start to its end, or to where a task of it runs.
    static func events(_ name: String, isEnded: Bool = true) -> [Event] {
        let (run, id) = (run(name), worker.id)
        let beginning: [Event] = [
            .runCreated(
                .init(run: run, name: name, labels: ["a": "b"], specDigest: "5e", taskCount: 1, workers: [worker])
            ),
            .taskEnqueued(.init(run: run, task: task)),
            .taskLeased(.init(run: run, task: task, attempt: 1, worker: id, nonce: "n")),
        ]
        let end: [Event] = [
            .attemptFinished(.init(run: run, task: task, attempt: 1, worker: id, outcome: .passed, exit: .code(0))),
            .runFinished(.init(run: run, status: .completed, tasks: Tally(total: 1, passed: 1), seconds: 1)),
        ]
        return beginning + (isEnded ? end : [])
    }

    /// Three runs side by side, the second of which goes on, and lines that are none.
    static var mixed: [UInt8] {
        let runs = [events("a"), events("b", isEnded: false), events("c")]
        var turns: [Event] = []
        for turn in 0..<5 { for run in runs where turn < run.count { turns.append(run[turn]) } }
        var lines = Samples.lines(turns)
        lines[6][20] ^= 0xff
        lines.insert(Array("not a record\n".utf8), at: 4)
        lines.insert([UInt8](repeating: 0, count: 30) + [10], at: 9)
        lines.insert(lines[0], at: 6)
        return Array(lines.joined())
    }

    /// What a ledger tells of every run: its summary, its state and its records, wherever these stand.
    static func told(_ ledger: Ledger) throws -> [String] {
        try ledger.state.runIDs.map { id in
            var summary = try #require(ledger.state.summary(id))
            var damage: [ArchiveDamage] = []
            var state = try #require(try ledger.loadRun(id) { damage.append($0) })
            #expect(damage == [])
            (summary.extent, summary.isArchived, state.extent, state.isArchived) = (0..<0, false, 0..<0, false)
            summary.seal = nil
            let records = try ledger.records(of: id)
                .map { record in
                    var record = record
                    (record.offset, record.length) = (0, 0)
                    return "\(record)"
                }
            return "\(id) \(summary) \(state.tasks) \(state.counts) \(state.workers) \(records.joined(separator: "\n"))"
        }
    }

    static func unreadable(_ ledger: Ledger) -> [LedgerDamage.Kind] { ledger.damage.filter(\.namesBytes).map(\.kind) }

    @Test func endedRunsAreMovedAndEverythingIsToldAsBefore() throws {
        try withWorkspace { workspace in
            try Files.write(Self.mixed, to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            let before = try Self.told(ledger)
            let latest = ledger.state.latest(of: Self.worker.id)?.run
            let other = try Ledger(opening: workspace)
            let compaction = try ledger.compact(at: Samples.time)
            #expect(compaction.archived == [Self.run("a"), Self.run("c")])
            #expect(compaction.kept == [Self.run("b")])
            #expect(compaction.bytesBefore == Int64(Self.mixed.count))
            #expect(compaction.bytesAfter == Int64(try Files.read(workspace.ledger).count))
            #expect(compaction.bytesAfter < compaction.bytesBefore)
            for it in [ledger, try Ledger(opening: workspace)] {
                #expect(try Self.told(it) == before)
                #expect(it.state.runIDs == ["a", "b", "c"].map(Self.run))
                #expect(it.state.latest(of: Self.worker.id)?.run == latest)
            }
            // Who had it open sees it at the next look, finds nothing new, and appends to the file that is there now.
            #expect(try other.refresh() == [])
            #expect(other.generation == 1)
            #expect(try Self.told(other) == before)
            let added = try other.add([.taskRequeued(.init(run: Self.run("b"), task: Self.task, reason: "x"))])
            #expect(added.map(\.seq) == [14])
            #expect(try ledger.refresh().map(\.seq) == [14])
            #expect(try Files.mode(workspace.archive(Self.run("a"))) == 0o600)
            #expect(try Files.mode(workspace.ledger) == 0o600)
        }
    }

    /// Every line of the old ledger stands in the new one or in an archive, as it was.
    @Test func noLineIsLost() throws {
        try withWorkspace { workspace in
            try Files.write(Self.mixed, to: workspace.ledger)
            _ = try Ledger(opening: workspace).compact(at: Samples.time)
            let places = [workspace.ledger] + ["a", "c"].map { workspace.archive(Self.run($0)) }
            let kept = try places.flatMap { Piece.all(of: try Files.read($0)).map(\.bytes) }
            for piece in Piece.all(of: Self.mixed) { #expect(kept.contains(piece.bytes)) }
        }
    }

    @Test func whatIsDamagedIsNamedAndGapsOfWhatWasMovedAreNone() throws {
        try withWorkspace { workspace in
            try Files.write(Self.mixed, to: workspace.ledger)
            let before = Self.unreadable(try Ledger(opening: workspace)).filter { $0 != .repeated(seq: 1) }
            let ledger = try Ledger(opening: workspace)
            _ = try ledger.compact(at: Samples.time)
            #expect(Self.unreadable(ledger) == before)
            #expect(ledger.damage.count == before.count)
        }
    }

    @Test func aDrivenRunIsKept() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Self.events("a"))
            try workspace.makeRunDirectories(Self.run("a"))
            let lock = try #require(try RunLock.tryAcquire(workspace.managerLock(Self.run("a"))))
            let bytes = try Files.read(workspace.ledger)
            #expect(try ledger.compact(at: Samples.time).kept == [Self.run("a")])
            #expect(try Files.read(workspace.ledger) == bytes)
            lock.release()
            #expect(try ledger.compact(at: Samples.time).archived == [Self.run("a")])
        }
    }

    @Test func aTornTailIsKeptAside() throws {
        try withWorkspace { workspace in
            try Files.write(Self.mixed + Array("torn".utf8), to: workspace.ledger)
            _ = try Ledger(opening: workspace).compact(at: Samples.time)
            #expect(try Files.read(workspace.ledger + ".torn-1") == Array("torn".utf8))
        }
    }

    /// A run that was archived goes on, and is archived again: with snapshots, too.
    @Test(arguments: [false, true]) func anArchivedRunGoesOn(withSnapshots: Bool) throws {
        try withWorkspace { workspace in
            let (ledger, plain) = (try Ledger(opening: workspace), try Ledger(opening: workspace))
            try ledger.add(Self.events("a") + Self.events("b", isEnded: false))
            for round in 1...3 {
                #expect(try ledger.compact(at: Samples.time).archived == [Self.run("a")])
                #expect(try ledger.compact(at: Samples.time).archived == [])
                if withSnapshots { #expect(try ledger.writeSnapshot()) }
                let attempt = round + 1
                try ledger.add([
                    .runReopened(.init(run: Self.run("a"))),
                    .taskRequeued(.init(run: Self.run("a"), task: Self.task, reason: "again")),
                    .taskLeased(
                        .init(run: Self.run("a"), task: Self.task, attempt: attempt, worker: Self.worker.id, nonce: "n")
                    ),
                ])
                if withSnapshots { #expect(try ledger.writeSnapshot()) }
                let opened = try Ledger(opening: workspace)
                #expect(opened.startedFromSnapshot == withSnapshots)
                #expect(try Self.told(opened) == Self.told(ledger))
                #expect(opened.state.live(Self.run("a"))?.task(Self.task)?.attempts.count == attempt)
                #expect(try ledger.compact(at: Samples.time).archived == [])
                let end = Event.AttemptFinished(
                    run: Self.run("a"),
                    task: Self.task,
                    attempt: attempt,
                    worker: Self.worker.id,
                    outcome: .passed
                )
                try ledger.add([.attemptFinished(end)] + Self.events("a").suffix(1))
            }
            try plain.refresh()
            #expect(try Self.told(plain) == Self.told(ledger))
            #expect(try plain.records(of: Self.run("a")).map(\.event.type).filter { $0 == "run_reopened" }.count == 3)
        }
    }

    @Test func aNewerVersionsLedgerIsLeftAlone() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Self.events("a"))
            var writer = RecordWriter()
            writer.append("later", seq: 6, time: Samples.time) { $0.member("critical", true) }
            try File(workspace.ledger, .append).write(writer.bytes)
            #expect(throws: LedgerError.self) { try ledger.compact(at: Samples.time) }
        }
    }
}
