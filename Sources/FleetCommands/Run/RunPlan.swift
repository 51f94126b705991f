import FleetCore
import FleetManager

/// What is to be run, and how.
struct RunPlan {
    /// The spec.
    let spec: RunSpec
    /// How it is driven.
    let options: RunOptions
    /// What the user should know of it.
    let notes: [String]

    /// Reads the spec that was named.
    ///
    /// - Throws: `noSpec`, `badSpec`, `usage`.
    init(_ arguments: RunArguments) throws(CommandError) {
        spec = try SpecLoader.load(
            arguments.spec,
            workers: arguments.workers,
            transport: arguments.driving.transport?.transport
        )
        options = RunOptions(
            maxWorkers: arguments.maxWorkers ?? System.processors,
            failFast: arguments.driving.failFast
        )
        var notes: [String] = []
        if arguments.maxWorkers != nil, !spec.workers.isEmpty {
            notes.append("--max-workers changes nothing: the workers are named, and their slots count")
        }
        let isRemote = spec.workers.contains { worker in if case .ssh = worker.host { true } else { false } }
        if arguments.driving.transport != nil, !isRemote {
            notes.append("--transport changes nothing: no worker is on an ssh host")
        }
        self.notes = notes
    }
}
