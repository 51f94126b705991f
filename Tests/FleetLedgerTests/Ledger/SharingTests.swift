import Dispatch
import FleetCore
import Foundation
import Testing

@testable import FleetLedger

/// Many who append at once: threads with an instance each, and processes.
@Suite struct SharingTests {
    private static func note(_ text: String) -> Event {
        .taskRequeued(.init(run: Samples.run, task: Samples.task, reason: text))
    }

    /// Appends batches of one to four records, whose texts say whose they are, which batch, and which of it.
    static func append(_ name: String, batches: Int, to workspace: Workspace) throws -> Ledger {
        let ledger = try Ledger(opening: workspace)
        for batch in 0..<batches {
            let size = batch % 4 + 1
            try ledger.add((0..<size).map { note("\(name) \(batch) \($0) \(size)") })
        }
        return ledger
    }

    /// Checks that no record is lost, doubled or torn, and that each batch stands together.
    static func check(_ workspace: Workspace, names: Int, batches: Int) throws {
        let ledger = try Ledger(opening: workspace)
        let records = try ledger.allRecords()
        #expect(ledger.damage == [])
        #expect(ledger.unfinished == 0)
        #expect(records.map(\.seq) == Array(1..<Int64(records.count + 1)))
        var texts: [[Substring]] = []
        for record in records {
            if case .taskRequeued(let event) = record.event { texts.append(event.reason.split(separator: " ")) }
        }
        #expect(texts.count == names * (0..<batches).reduce(0) { $0 + $1 % 4 + 1 })
        #expect(Set(texts).count == texts.count)
        var place = 0
        while place < texts.count {
            let size = Int(texts[place][3]) ?? 1
            let batch = texts[place..<min(place + size, texts.count)]
            #expect(batch.map { $0[2] } == (0..<size).map { Substring("\($0)") })
            #expect(Set(batch.map { $0[0...1] }).count == 1)
            place += size
        }
        for name in Set(texts.map { $0[0] }) {
            let own = texts.filter { $0[0] == name }.compactMap { Int($0[1]) }
            #expect(own == own.sorted())
        }
    }

    @Test func threadsLoseNothing() throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            DispatchQueue.concurrentPerform(iterations: 4) { number in
                #expect(throws: Never.self) {
                    let ledger = try Self.append("thread-\(number)", batches: 120, to: workspace)
                    try ledger.refresh()
                    #expect(ledger.generation == 0)
                }
            }
            try Self.check(workspace, names: 4, batches: 120)
        }
    }

    @Test func processesLoseNothing() async throws {
        try await withWorkspaceAsync { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<3 {
                    let root = workspace.root
                    group.addTask {
                        await #expect(processExitsWith: .success) { [root = root as String, number = number as Int] in
                            let workspace = Workspace(root: root)
                            _ = try SharingTests.append("process-\(number)", batches: 100, to: workspace)
                        }
                    }
                }
            }
            try Self.check(workspace, names: 3, batches: 100)
        }
    }

    /// Who reads meanwhile sees the records in their order, each once, and never anything torn.
    @Test func readerSeesEachRecordOnce() throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            let isDone = Shared(false)
            DispatchQueue.concurrentPerform(iterations: 3) { number in
                #expect(throws: Never.self) {
                    if number == 0 {
                        _ = try Self.append("writer", batches: 300, to: workspace)
                        isDone.set(true)
                        return
                    }
                    let reader = try Ledger(opening: workspace)
                    var last = reader.lastSeq
                    var isLast = false
                    while !isLast {
                        isLast = isDone.get()
                        for record in try reader.refresh() {
                            #expect(record.seq == last + 1)
                            last = record.seq
                        }
                    }
                    #expect(last == Int64(Samples.smallRun.count + 750))
                    #expect(reader.generation == 0)
                    #expect(reader.damage == [])
                }
            }
        }
    }

    /// A task is leased by one of many who want it.
    @Test func oneLeaseWins() throws {
        try withWorkspace { workspace in
            let tasks = (0..<40).map { TaskID(unchecked: "t\($0)") }
            try Ledger(opening: workspace)
                .add(
                    [.runCreated(.init(run: Samples.run, name: "n", specDigest: "5e", taskCount: 40))]
                        + tasks.map { .taskEnqueued(.init(run: Samples.run, task: $0)) }
                )
            let won = Shared(0)
            DispatchQueue.concurrentPerform(iterations: 4) { number in
                #expect(throws: Never.self) {
                    let ledger = try Ledger(opening: workspace)
                    for task in tasks {
                        let worker = WorkerID(unchecked: "w\(number)")
                        let lease = Event.taskLeased(
                            .init(run: Samples.run, task: task, attempt: 1, worker: worker, nonce: "n")
                        )
                        let result = try ledger.append([lease], durable: false, at: Samples.time) {
                            $0.live(Samples.run)?.task(task)?.status == .queued
                        }
                        if result.wasAppended { won.change { $0 += 1 } }
                    }
                }
            }
            let state = try Ledger(opening: workspace).state
            #expect(state.live(Samples.run)?.counts.leased == 40)
            #expect(won.get() == 40)
            #expect((0..<4).reduce(0) { $0 + state.openAttempts(WorkerID(unchecked: "w\($1)")) } == 40)
        }
    }

    /// Processes that are killed in the midst of appending: what they were told to be written is there.
    @Test func killedWritersLeaveAWholeLedger() async throws {
        try await withWorkspaceAsync { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            for round in 0..<3 {
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<2 {
                        let root = workspace.root
                        group.addTask {
                            await #expect(processExitsWith: .signal(SIGKILL)) {
                                [root = root as String, number = number as Int, round = round as Int] in
                                try SharingTests.appendUntilKilled(
                                    Workspace(root: root),
                                    acknowledged: "\(root)/ack-\(round)-\(number)",
                                    after: 20 + 13 * number + 7 * round
                                )
                            }
                        }
                    }
                }
                let ledger = try Ledger(opening: workspace)
                #expect(ledger.damage == [])
                let known = Set(try ledger.allRecords().map(\.seq))
                #expect(known.count == Int(ledger.lastSeq))
                for number in 0..<2 {
                    let text = try String(contentsOfFile: "\(workspace.root)/ack-\(round)-\(number)", encoding: .utf8)
                    let acknowledged = text.split(separator: "\n").compactMap { Int64($0) }
                    #expect(acknowledged.count >= 20)
                    #expect(known.isSuperset(of: acknowledged))
                }
                try ledger.add([Self.note("after round \(round)")])
            }
        }
    }

    /// Appends, writes down each number once it is appended, and is killed by another thread after some of them.
    static func appendUntilKilled(_ workspace: Workspace, acknowledged path: String, after count: Int) throws {
        let ledger = try Ledger(opening: workspace)
        let file = try File(path, .append, .ifMissing)
        let enough = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            enough.wait()
            kill(getpid(), SIGKILL)
        }
        for number in 0... {
            let written = try ledger.add([note("kill \(number)"), note("me")])
            for record in written { try file.write(Array("\(record.seq)\n".utf8)) }
            if number == count { enough.signal() }
        }
    }
}

/// A value that threads share.
final class Shared<Value: Sendable>: Sendable {
    private let lock = NSLock()
    /// Read and written under the lock only.
    nonisolated(unsafe) private var value: Value

    init(_ value: Value) { self.value = value }

    func get() -> Value { lock.withLock { value } }
    func set(_ new: Value) { lock.withLock { value = new } }
    func change(_ body: (inout Value) -> Void) { lock.withLock { body(&value) } }
}
