import DequeModule
import HeapModule

/// One history's time and its only thread.
///
/// All that is asynchronous in the manager runs here, one job after the other, in the order in which it was made ready;
/// time passes only when nothing is ready any more. So a history is the same each time that it is played.
///
/// `@unchecked Sendable`: a history is played by one thread from its beginning to its end, and nothing of it is known to
/// any other.
final class Stage: @unchecked Sendable {
    private struct Entry: Comparable {
        let time: Int64
        let number: Int
        let body: () -> Void

        static func < (left: Self, right: Self) -> Bool { (left.time, left.number) < (right.time, right.number) }
        static func == (left: Self, right: Self) -> Bool { left.number == right.number }
    }

    /// The true time, in milliseconds since 1970.
    private(set) var time: Int64 = 1_800_000_000_000
    /// How many things have happened.
    private(set) var steps = 0
    private var entries = Heap<Entry>()
    private var entryCount = 0
    private var jobs = Deque<UnownedJob>()
    private let serial = SerialStage()
    private let free = FreeStage()

    init() {
        serial.stage = self
        free.stage = self
    }

    /// Runs actors' work.
    var serialExecutor: any SerialExecutor { serial }
    /// Runs all other work.
    var taskExecutor: any TaskExecutor { free }

    /// Does something in so many milliseconds.
    func after(_ milliseconds: Int64, _ body: @escaping () -> Void) {
        entryCount += 1
        entries.insert(Entry(time: time + max(0, milliseconds), number: entryCount, body: body))
    }

    /// Lets the next thing happen, and everything that follows from it at once; false where nothing is to come.
    func step() -> Bool {
        guard let entry = entries.popMin() else { return false }
        time = max(time, entry.time)
        steps += 1
        entry.body()
        runJobs()
        return true
    }

    /// Lets go of all that is still to come.
    func clear() { entries = [] }

    fileprivate func enqueue(_ job: UnownedJob) { jobs.append(job) }

    private func runJobs() {
        while let job = jobs.popFirst() {
            job.runSynchronously(
                isolatedTo: serial.asUnownedSerialExecutor(),
                taskExecutor: free.asUnownedTaskExecutor()
            )
        }
    }
}

/// Puts actors' jobs on the stage.
private final class SerialStage: SerialExecutor, @unchecked Sendable {
    unowned var stage: Stage?

    func enqueue(_ job: consuming ExecutorJob) { stage?.enqueue(UnownedJob(job)) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}

/// Puts jobs that belong to no actor on the stage.
private final class FreeStage: TaskExecutor, @unchecked Sendable {
    unowned var stage: Stage?

    func enqueue(_ job: consuming ExecutorJob) { stage?.enqueue(UnownedJob(job)) }
}
