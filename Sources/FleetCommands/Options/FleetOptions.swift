import ArgumentParser
import FleetLedger
import Logging

/// The options of every verb.
struct FleetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The workspace (default: the nearest directory from here upwards with .codewhale, else here).",
            valueName: "dir"
        )
    )
    var workspace: String?

    @Flag(help: "Write JSON to standard output.")
    var json = false

    @Option(
        help: ArgumentHelp("How much to say on standard error.", valueName: "level")
    )
    var logLevel = LogLevel.warning

    /// The workspace's place, whether or not it is there.
    func workspacePlace() throws(CommandError) -> Workspace {
        guard let path = workspace else { return Workspace.find(from: System.currentDirectory) }
        guard !path.isEmpty else { throw CommandError(.usage, "--workspace is empty") }
        let absolute = path.hasPrefix("/") ? path : System.currentDirectory + "/" + path
        return Workspace(root: System.realPath(absolute) ?? absolute)
    }
}

/// The levels of swift-log.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical

    /// The level as swift-log knows it.
    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .warning }
}
