import FleetCore
import Testing

@testable import FleetLedger

/// What is appended is what is read again.
@Suite struct AppendTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func stateAndRecordsAreReadAsTheyWereWritten(seed: UInt64) throws {
        try withWorkspace { workspace in
            var history = RandomHistory(seed: seed)
            let ledger = try Ledger(opening: workspace)
            var written = try ledger.add(RandomHistory.beginning)
            for _ in 0..<60 { written += try ledger.add(history.next(Int(seed) * 2)) }
            #expect(written.map(\.seq) == Array(1...Int64(written.count)), "seed \(seed)")
            let again = try Ledger(opening: workspace)
            #expect(again.state == ledger.state, "seed \(seed)")
            #expect(again.state == .fold(written), "seed \(seed)")
            #expect(try again.allRecords() == written, "seed \(seed)")
            #expect(again.lastSeq == ledger.lastSeq)
            #expect(again.damage == [])
            #expect(again.unfinished == 0)
            for run in again.state.runIDs {
                #expect(try again.records(of: run) == written.filter { $0.event.run == run })
                #expect(try again.loadRun(run) == ledger.loadRun(run))
            }
        }
    }

    @Test func everyKindOfEventIsReadAsItWasWritten() throws {
        try withWorkspace { workspace in
            let written = try Ledger(opening: workspace).add(Samples.events)
            let again = try Ledger(opening: workspace)
            #expect(try again.allRecords() == written)
            #expect(written.map(\.event) == Samples.events)
            #expect(Set(written.map(\.time)) == [Samples.time])
        }
    }

    @Test func placesOfRecordsAreThoseInTheFile() throws {
        try withWorkspace { workspace in
            let written = try Ledger(opening: workspace).add(Samples.events)
            let bytes = try Files.read(workspace.ledger)
            for record in written {
                let line = Array(bytes[Int(record.offset)..<Int(record.offset) + record.length])
                #expect(line == RecordWriter.line(record))
            }
            #expect(written.last.map { $0.offset + Int64($0.length) } == Int64(bytes.count))
        }
    }

    @Test func preconditionIsAskedWithTheStateOfThatMoment() throws {
        try withWorkspace { workspace in
            let (first, second) = (try Ledger(opening: workspace), try Ledger(opening: workspace))
            try first.add(Samples.smallRun)
            let refused = try second.append([.runReopened(.init(run: Samples.run))], durable: true, at: Samples.time) {
                !$0.contains(Samples.run)
            }
            #expect(!refused.wasAppended)
            #expect(refused.written == [])
            #expect(refused.seen.count == Samples.smallRun.count)
            #expect(second.state == first.state)
            #expect(second.lastSeq == Int64(Samples.smallRun.count))
        }
    }

    @Test func eventsAreMadeOfTheStateOfThatMoment() throws {
        try withWorkspace { workspace in
            let (first, second) = (try Ledger(opening: workspace), try Ledger(opening: workspace))
            try first.add(Samples.smallRun)
            let result = try second.append(durable: false, at: Samples.time) { state in
                state.liveRuns.map {
                    .taskRequeued(.init(run: $0.id, task: Samples.task, reason: "\($0.counts.total)"))
                }
            }
            #expect(
                result.written.map(\.event) == [.taskRequeued(.init(run: Samples.run, task: Samples.task, reason: "2"))]
            )
            #expect(try first.refresh() == result.written)
            let nothing = try second.append(durable: true, at: Samples.time) { _ in nil }
            #expect(!nothing.wasAppended)
            let none = try second.append([], durable: true, at: Samples.time)
            #expect(none.wasAppended && none.written.isEmpty)
        }
    }

    @Test func refreshTellsWhatOthersWroteOnce() throws {
        try withWorkspace { workspace in
            let (writer, reader) = (try Ledger(opening: workspace), try Ledger(opening: workspace))
            #expect(try reader.refresh() == [])
            let written = try writer.add(Samples.smallRun)
            #expect(try reader.refresh() == written)
            #expect(try reader.refresh() == [])
            #expect(reader.state == writer.state)
            #expect(reader.generation == 0)
        }
    }

    @Test func recordThatIsTooLargeIsRefusedAndNothingWritten() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            let before = try Files.read(workspace.ledger)
            let huge = String(repeating: "x", count: RecordWriter.maximumLength)
            let error = try #require(throws: LedgerError.self) {
                try ledger.add([
                    .taskRequeued(.init(run: Samples.run, task: Samples.task, reason: "small")),
                    .taskRequeued(.init(run: Samples.run, task: Samples.task, reason: huge)),
                ])
            }
            #expect(error.code == .tooLarge)
            #expect(try Files.read(workspace.ledger) == before)
            try ledger.add([.runReopened(.init(run: Samples.run))])
            #expect(try Ledger(opening: workspace).lastSeq == Int64(Samples.smallRun.count) + 1)
        }
    }

    /// Longer than the pieces in which the ledger is read.
    @Test func recordOfMegabytesIsReadAsItWasWritten() throws {
        try withWorkspace { workspace in
            let long = String(repeating: "é\n", count: 1 << 20)
            let event = Event.taskRequeued(.init(run: Samples.run, task: Samples.task, reason: long))
            let written = try Ledger(opening: workspace)
                .add(Samples.smallRun + [event, .runReopened(.init(run: Samples.run))])
            #expect(try Ledger(opening: workspace).allRecords() == written)
        }
    }

    @Test func reopenedRunIsReadFromTheLedger() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            try ledger.add([
                .runFinished(.init(run: Samples.run, status: .failed, tasks: Tally(total: 2, passed: 0), seconds: 1))
            ])
            #expect(ledger.state.live(Samples.run) == nil)
            #expect(try ledger.loadRun(Samples.run)?.counts.total == 2)
            let reader = try Ledger(opening: workspace)
            try ledger.add([.runReopened(.init(run: Samples.run))])
            try reader.refresh()
            for state in [ledger.state, reader.state, try Ledger(opening: workspace).state] {
                #expect(state.live(Samples.run)?.counts.total == 2)
                #expect(state.openAttempts(Samples.worker) == 2)
                #expect(state == ledger.state)
            }
            #expect(try ledger.loadRun(RunID(unchecked: "x")) == nil)
            #expect(try ledger.records(of: RunID(unchecked: "x")) == [])
        }
    }
}
