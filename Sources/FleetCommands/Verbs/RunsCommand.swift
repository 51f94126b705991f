import ArgumentParser
import FleetCore

/// `codewhale fleet runs`.
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List all runs of the workspace, newest first.",
        discussion: """
            Example:
              codewhale fleet runs
            """
    )

    @OptionGroup var options: FleetOptions

    func run() throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let views = Self.views(of: workspace)
        if options.json {
            console.write(Self.json(views))
        } else {
            console.write(Self.text(views, now: System.now))
        }
    }

    /// All runs, newest first.
    static func views(of workspace: OpenWorkspace) -> [RunView] {
        workspace.state.summaries.reversed().map { workspace.view($0) }
    }

    /// The runs for people.
    static func text(_ views: [RunView], now: Timestamp) -> String {
        views.isEmpty ? Wording.noRuns : RunView.table(views, now: now).text
    }

    /// The runs for programs.
    static func json(_ views: [RunView]) -> JSONObject {
        .answer("runs", ["runs": .array(views.map { .object($0.json) })])
    }
}
