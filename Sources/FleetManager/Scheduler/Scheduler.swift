import FleetCore
import HeapModule

/// Decides which task goes to which worker: pure, with neither clock nor input or output of its own.
///
/// Tasks with equal requirements wait in one queue, by priority and then the file's order. A task whose retry is not
/// due waits beside them. What the queues hold is a hint only: an entry is checked against the run's state when its
/// turn comes, so that a record of another process (a stop, a restart) needs no removal from the middle. No task is in
/// the queues twice.
struct Scheduler {
    /// A worker as the scheduler sees it.
    struct Worker {
        /// Its id.
        let id: WorkerID
        /// What tasks may require of it.
        let capabilities: Set<String>
        /// How many attempts it runs at once.
        let slots: Int
    }

    /// A task that is to be leased to a worker.
    struct Lease: Equatable {
        /// The task's place in the run.
        let task: Int
        /// The worker.
        let worker: WorkerID
    }

    /// A task that waits and can never run, and the task that it depends on which did not pass.
    struct Blocked: Equatable {
        /// The task's place in the run.
        let task: Int
        /// The place of what it depends on.
        let cause: Int
    }

    private struct Waiting: Comparable {
        let priority: Int
        let task: Int

        static func < (left: Self, right: Self) -> Bool {
            left.priority != right.priority ? left.priority > right.priority : left.task < right.task
        }
    }

    private struct Delayed: Comparable {
        let time: Timestamp
        let task: Int

        static func < (left: Self, right: Self) -> Bool { (left.time, left.task) < (right.time, right.task) }
    }

    private struct Queue {
        /// Indices of the workers that can serve it.
        let workers: [Int]
        var tasks = Heap<Waiting>()
    }

    /// Where a task waits.
    private enum Place {
        case nowhere
        case ready
        case delayed
    }

    /// The run's workers, in the spec's order.
    let workers: [Worker]
    private let workerPlaces: [WorkerID: Int]
    private let priorities: [Int32]
    private let queueOfTask: [Int32]
    private var queues: [Queue]
    private var delayed = Heap<Delayed>()
    private var places: [Place]
    private var dependencies: Dependencies
    /// Tries that the ledger has further ahead than any policy puts them.
    let lateTries: [Int: LateTry]

    /// A scheduler for a run as it stands.
    ///
    /// - Parameters:
    ///   - tasks: the run's tasks.
    ///   - workers: its workers.
    ///   - state: how it stands.
    ///   - lateTries: see ``lateTries(of:in:now:)``.
    init(tasks: [TaskSpec], workers: [Worker], state: RunState, lateTries: [Int: LateTry] = [:]) {
        self.workers = workers
        self.lateTries = lateTries
        workerPlaces = Dictionary(workers.enumerated().map { ($0.element.id, $0.offset) }) { first, _ in first }
        priorities = tasks.map { Int32(clamping: $0.priority) }
        var queues: [Queue] = []
        var queueOfRequirements: [Set<String>: Int32] = [:]
        queueOfTask = tasks.map { task in
            if let queue = queueOfRequirements[task.requires] { return queue }
            let queue = Int32(queues.count)
            queueOfRequirements[task.requires] = queue
            queues.append(
                Queue(workers: workers.indices.filter { task.requires.isSubset(of: workers[$0].capabilities) })
            )
            return queue
        }
        self.queues = queues
        places = Array(repeating: .nowhere, count: tasks.count)
        dependencies = Dependencies(tasks: tasks)
        for index in state.tasks.indices where state.tasks[index].status == .passed {
            dependencies.notePassed(index)
        }
        for index in state.tasks.indices { noteChange(of: index, in: state) }
    }

    /// Tasks that no worker of the run can ever run.
    var impossibleTasks: [Int] { queueOfTask.indices.filter { queues[Int(queueOfTask[$0])].workers.isEmpty } }

    /// A worker's place in ``workers``.
    func place(of worker: WorkerID) -> Int? { workerPlaces[worker] }

    /// Takes notice that a task stands elsewhere now.
    ///
    /// - Returns: queued tasks that can never run any more, because one they depend on did not pass.
    @discardableResult
    mutating func noteChange(of index: Int, in state: RunState) -> [Blocked] {
        switch state.tasks[index].status {
        case .queued:
            if let cause = dependencies.obstacle(of: index, in: state) { return [Blocked(task: index, cause: cause)] }
            enqueue(index, state.tasks[index])
            return []
        case .passed:
            for dependent in dependencies.notePassed(index) where state.tasks[dependent].status == .queued {
                enqueue(dependent, state.tasks[dependent])
            }
            return []
        case .failed, .cancelled, .interrupted:
            return dependencies.dependents(of: index)
                .filter { state.tasks[$0].status == .queued && !dependencies.areMet($0) }
                .map { Blocked(task: $0, cause: index) }
        case .leased, .running:
            return []
        }
    }

    private mutating func enqueue(_ index: Int, _ task: TaskState) {
        guard dependencies.areMet(index), places[index] != .ready else { return }
        if let time = due(index, task) {
            guard places[index] == .nowhere else { return }
            places[index] = .delayed
            delayed.insert(Delayed(time: time, task: index))
        } else {
            // Where it waits for its time, that entry is out of date now.
            insert(index)
        }
    }

    private mutating func insert(_ index: Int) {
        places[index] = .ready
        queues[Int(queueOfTask[index])].tasks.insert(Waiting(priority: Int(priorities[index]), task: index))
    }

    /// Moves tasks whose time has come to those that can be leased at once.
    mutating func wake(now: Timestamp, state: RunState) {
        while let next = delayed.min, next.time <= now {
            delayed.removeMin()
            guard places[next.task] == .delayed else { continue }
            guard state.tasks[next.task].status == .queued else {
                places[next.task] = .nowhere
                continue
            }
            // An entry of an earlier wait; the present one has its own.
            if let time = due(next.task, state.tasks[next.task]), time > now { continue }
            insert(next.task)
        }
    }

    /// Takes tasks out of the queues, best first, as long as workers have free slots.
    ///
    /// - Parameters:
    ///   - now: the time, by which delayed tasks come due.
    ///   - state: the run as it stands.
    ///   - freeSlots: how many more attempts each of ``workers`` can take, in their order.
    ///   - limit: how many leases there may be at most.
    ///   - isAllowed: whether a task may be leased at all.
    ///   - isAvoided: whether a task goes to a worker only where no other is free.
    /// - Returns: the leases, best first.
    mutating func takeLeases(
        now: Timestamp,
        state: RunState,
        freeSlots: [Int],
        limit: Int = .max,
        isAllowed: (Int) -> Bool = { _ in true },
        isAvoided: (Int, WorkerID) -> Bool = { _, _ in false }
    ) -> [Lease] {
        wake(now: now, state: state)
        var free = freeSlots
        var leases: [Lease] = []
        while leases.count < limit, let queue = bestQueue(state: state, free: free, isAllowed: isAllowed) {
            let waiting = queues[queue].tasks.removeMin()
            places[waiting.task] = .nowhere
            // The worker with the most free slots, the first of equals.
            let able = queues[queue].workers.filter { free[$0] > 0 }
            let other = able.filter { !isAvoided(waiting.task, workers[$0].id) }
            let candidates = other.isEmpty ? able : other
            guard let worker = candidates.max(by: { (free[$0], $1) < (free[$1], $0) }) else { break }
            free[worker] -= 1
            leases.append(Lease(task: waiting.task, worker: workers[worker].id))
        }
        return leases
    }

    /// The queue whose head is next, among those that a free worker can serve; drops entries that are out of date.
    private mutating func bestQueue(state: RunState, free: [Int], isAllowed: (Int) -> Bool) -> Int? {
        var best: (queue: Int, head: Waiting)?
        for queue in queues.indices where queues[queue].workers.contains(where: { free[$0] > 0 }) {
            while let head = queues[queue].tasks.min {
                if state.tasks[head.task].status == .queued, isAllowed(head.task) { break }
                queues[queue].tasks.removeMin()
                places[head.task] = .nowhere
            }
            guard let head = queues[queue].tasks.min else { continue }
            if let found = best, !(head < found.head) { continue }
            best = (queue, head)
        }
        return best?.queue
    }

    /// When the next delayed task comes due.
    var nextDue: Timestamp? { delayed.min?.time }

    /// The workers that could take what could be leased at once.
    var readyWorkers: [WorkerID] {
        Set(queues.lazy.filter { !$0.tasks.isEmpty }.flatMap(\.workers)).map { workers[$0].id }
    }

    /// Whether any task could be leased at once, were there a free slot.
    var hasReadyTasks: Bool { queues.contains { !$0.tasks.isEmpty } }
}
