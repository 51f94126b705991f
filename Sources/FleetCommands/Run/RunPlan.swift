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
        spec = try SpecLoader.load(arguments.spec, workers: arguments.workers)
        options = RunOptions(
            maxWorkers: arguments.maxWorkers ?? System.processors,
            failFast: arguments.failFast
        )
        notes =
            arguments.maxWorkers != nil && !spec.workers.isEmpty
            ? ["--max-workers changes nothing: the workers are named, and their slots count"] : []
    }
}
