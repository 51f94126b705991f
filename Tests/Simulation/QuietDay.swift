import FleetCore

/// What a day costs on which workers are busy and nothing happens.
package struct QuietDay: Sendable {
    /// How many tasks run at its end.
    package let running: Int
    /// The length of the ledger when all ran, in bytes.
    package let before: Int
    /// The length of the ledger a day later, in bytes.
    package let after: Int
    /// How many things happened.
    package let steps: Int

    /// Lets a day pass over workers that carry a task each, on machines that are reached through SSH.
    package init(workers: Int, machines: Int) {
        let history = History(quiet: Plan(workers: workers, machines: machines))
        let length = { history.disk.node("/w/.codewhale/fleet.jsonl")?.content.count ?? 0 }
        history.setUp()
        let morning = history.stage.time + 600_000
        while history.stage.time < morning, history.stage.step() {}
        before = length()
        let steps = history.stage.steps
        while history.stage.time < morning + 86_400_000, history.stage.step() {}
        after = length()
        self.steps = history.stage.steps - steps
        history.referee.look()
        running = history.referee.model.runs.values.map(\.counts.running).reduce(0, +)
        history.tearDown()
    }
}

extension Plan {
    /// One run of a task for each worker, as many on one machine as on another.
    init(workers: Int, machines: Int) {
        remotes = (1...machines).map { "h\($0)" }
        lostAfter = 300
        pollSeconds = 5
        let specs = (0..<workers)
            .map { number in
                WorkerSpec(
                    id: WorkerID(unchecked: "w\(number)"),
                    host: .ssh(
                        SSHHostSpec(
                            host: "h\(number % machines + 1)",
                            workingDirectory: "/work",
                            codewhaleBinary: "/opt/codewhale"
                        )
                    ),
                    capabilities: [],
                    maxConcurrentTasks: 1
                )
            }
        let tasks = (0..<workers).map { TaskSpec(id: TaskID(unchecked: "t\($0)"), work: .command(["true"])) }
        runs = [Run(tasks: tasks, workers: specs, maxWorkers: workers, failFast: false)]
        for worker in specs { slots[worker.id.rawValue] = 1 }
    }
}
