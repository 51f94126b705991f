import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager

/// `codewhale fleet stop`.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop all runs, one run, or what a worker carries, verified.",
        discussion: """
            TERM first, KILL where that does not help. The tasks end cancelled, those of a run that wait with them. It \
            works with the run's manager alive or gone. The exit code is 1 where an end could not be confirmed.

            Example:
              codewhale fleet stop --all
            """
    )

    @OptionGroup var options: FleetOptions

    @Flag(help: "Stop every run of the workspace.")
    var all = false

    @Argument(help: ArgumentHelp("The run, or the worker.", valueName: "run | worker"))
    var target: String?

    func validate() throws {
        if all, target != nil { throw ValidationError("--all and \(target ?? "") do not go together") }
        if !all, target == nil { throw ValidationError("say what to stop: a run, a worker, or --all") }
    }

    func run() async throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let (target, runs) = try Self.target(all ? nil : self.target, in: workspace)
        var report = EndReport(verb: "stop", attempts: [], nothing: Self.nothing(target))
        // What runs is ended even where the ledger has lost it.
        if !runs.isEmpty || !target.isWholeRuns || Operations.mayRunHere(in: workspace.place) {
            let context = try Composition.managerContext(workspace.place, options: options)
            report = EndReport(
                verb: "stop",
                attempts: try await Operations(context: context).end(target, mode: .stop),
                nothing: Self.nothing(target)
            )
            try workspace.ledger.refresh()
            report.runs = runs.compactMap { workspace.state.summary($0) }.map { workspace.view($0) }
        }
        try report.write(to: console, isJSON: options.json)
    }

    /// What is to be stopped, and which runs end with it; nil for all.
    static func target(
        _ text: String?,
        in workspace: OpenWorkspace
    ) throws(CommandError) -> (Operations.Target, runs: [RunID]) {
        guard let text else { return (.all, workspace.state.liveRuns.map(\.id)) }
        switch try workspace.target(text, [.run, .worker]) {
        case .run(let run): return (.run(run), workspace.state.live(run) == nil ? [] : [run])
        case .worker(let worker): return (.worker(worker), [])
        case .task(let run, let task): throw CommandError(.usage, "\(run)/\(task) is a task, not a run or a worker")
        }
    }

    private static func nothing(_ target: Operations.Target) -> String {
        switch target {
        case .all: "no run goes on"
        case .run(let run): "run \(run) has ended already"
        case .worker(let worker): "worker \(worker) carries nothing"
        }
    }
}

extension Operations.Target {
    /// Whether runs as a whole are meant.
    fileprivate var isWholeRuns: Bool {
        if case .worker = self { false } else { true }
    }
}
