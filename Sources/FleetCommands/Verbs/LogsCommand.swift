import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager
import FleetSupervisor

/// `codewhale fleet logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print the log of a task, or of what a worker carries or carried last.",
        discussion: """
            Output and errors of the program in the order in which they came. Of a log over its limit the beginning \
            and the end are kept; what is missing between them is said on standard error. On a terminal, characters \
            that it could act on are shown as escapes.

            Example:
              codewhale fleet logs local-1 --tail 20 --follow
            """
    )

    @OptionGroup var options: FleetOptions

    @Option(help: ArgumentHelp("Which attempt (default: the last).", valueName: "n"))
    var attempt: Int?

    @Option(help: ArgumentHelp("Only the last lines.", valueName: "n"))
    var tail: Int?

    @Flag(help: "Go on until the attempt has ended.")
    var follow = false

    @Argument(help: ArgumentHelp("The worker, or the task.", valueName: "worker | run/task"))
    var target: String

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt: attempts count from 1") }
        if let tail, tail < 0 { throw ValidationError("--tail: not fewer than 0 lines") }
        if follow, options.json { throw ValidationError("--follow and --json do not go together") }
    }

    func run() async throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        var named = try workspace.attempt(target, number: attempt)
        let isElsewhere = workspace.health.workers[named.attempt.worker]?.host != nil
        let refresher = isElsewhere ? LogRefresher(workspace: workspace, options: options, console: console) : nil
        if try await refresher?.refresh(named) ?? false {
            named = try workspace.attempt(target, number: named.attempt.number)
        }
        var reading = Self.reading(of: named, in: workspace, tail: tail)
        if options.json {
            return LogJSON.write(Self.fields(named, reading.reader), &reading, to: console)
        }
        var printer = LogPrinter(console)
        if follow {
            let follower = LogFollower(workspace: workspace, named: named, console: console, refresher: refresher)
            try await follower.run(&reading, &printer)
        } else {
            printer.print(&reading)
        }
        printer.finish()
    }

    /// The log of an attempt, or its last lines.
    static func reading(of named: OpenWorkspace.NamedAttempt, in workspace: OpenWorkspace, tail: Int?) -> LogReading {
        let reader = BoundedLogReader(
            path: workspace.place.log(named.run, named.task, attempt: named.attempt.number),
            knownTotal: named.attempt.log.map { UInt64(clamping: $0.bytes) }
        )
        return LogReading(reader, from: tail.map { LogReading.start(ofLast: $0, in: reader) } ?? 0)
    }

    /// What stands before the parts of the log.
    static func fields(_ named: OpenWorkspace.NamedAttempt, _ reader: BoundedLogReader) -> JSONObject {
        let extent = reader.extent()
        return [
            "run_id": .string(named.run.rawValue), "task_id": .string(named.task.rawValue),
            "attempt": .int(Int64(named.attempt.number)), "bytes": .int(Int64(clamping: extent.total)),
            "dropped": .int(Int64(clamping: extent.dropped)),
        ]
    }
}
