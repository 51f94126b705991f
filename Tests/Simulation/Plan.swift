import FleetCore

/// What a history is about: its machines, workers and runs, drawn from its seed.
struct Plan {
    /// A run that is to be made.
    struct Run {
        var tasks: [TaskSpec]
        var workers: [WorkerSpec]
        var maxWorkers: Int
        var failFast: Bool
    }

    /// The names of the machines that are reached through SSH.
    var remotes: [String]
    var runs: [Run]
    var lostAfter: Double
    var pollSeconds: Double
    /// After how many seconds without a manager hosts end what they run; nil where that runs on.
    var lossSeconds: Double?
    /// Whether the ledger has a run that ended long ago.
    var hasOldRun = false
    /// How many attempts each worker carries at once.
    var slots: [String: Int] = [:]

    init(_ dice: inout Dice) {
        remotes = Array(["h1", "h2"].prefix(dice.number(0...2)))
        lostAfter = Double(dice.pick([15, 30, 60]))
        pollSeconds = Double(dice.pick([5, 30, 60, 60]))
        let isAutomatic = remotes.isEmpty && dice.chance(50)
        var workers: [WorkerSpec] = []
        if !isAutomatic {
            let places = remotes + (remotes.isEmpty || dice.chance(40) ? ["local"] : [])
            for number in 0..<max(places.count, dice.number(1...3)) {
                workers.append(Self.worker(number, on: places[number % places.count], &dice))
            }
        }
        let count = dice.chance(9) ? 2 : 1
        let most = dice.number(1...2)
        runs = (0..<count)
            .map { _ in
                Run(
                    tasks: Self.tasks(workers, &dice),
                    workers: workers,
                    maxWorkers: most,
                    failFast: dice.chance(12)
                )
            }
        if dice.chance(15) { lossSeconds = Double(dice.pick([4, 8, 12])) }
        hasOldRun = dice.chance(30)
        for worker in workers { slots[worker.id.rawValue] = worker.maxConcurrentTasks }
        if isAutomatic { for number in 1...most { slots["local-\(number)"] = 1 } }
    }

    private static func worker(_ number: Int, on place: String, _ dice: inout Dice) -> WorkerSpec {
        let host: HostSpec =
            if place == "local" {
                .local(LocalHostSpec())
            } else {
                .ssh(SSHHostSpec(host: place, workingDirectory: "/work", codewhaleBinary: "/opt/codewhale"))
            }
        let capabilities = Set(["a", "b"].filter { _ in dice.chance(60) })
        return WorkerSpec(
            id: WorkerID(unchecked: "w\(number)"),
            host: host,
            capabilities: capabilities,
            maxConcurrentTasks: dice.number(1...2)
        )
    }

    private static func tasks(_ workers: [WorkerSpec], _ dice: inout Dice) -> [TaskSpec] {
        var tasks: [TaskSpec] = []
        for number in 0..<(dice.chance(75) ? dice.number(2...3) : dice.number(2...dice.pick([4, 6]))) {
            var task = TaskSpec(id: TaskID(unchecked: "t\(number)"), work: .command(["true"]))
            if !workers.isEmpty, dice.chance(30) {
                let able = dice.pick(workers).capabilities
                task.requires = able.filter { $0 == "a" || dice.chance(50) }
            }
            if number > 0, dice.chance(25) { task.dependsOn = [tasks[dice.number(0...number - 1)].id] }
            task.priority = dice.chance(30) ? dice.number(-1...1) : 0
            if dice.chance(10) { task.timeoutSeconds = Double(dice.number(1...10)) }
            task.retryPolicy = RetryPolicy(
                maxAttempts: dice.number(1...4),
                initialBackoff: dice.chance(50) ? 0 : Double(dice.number(1...5)),
                maxBackoff: 20,
                on: dice.chance(50) ? RetryPolicy.defaultClasses : Set(FailureClass.allCases)
            )
            tasks.append(task)
        }
        return tasks
    }
}
