import ArgumentParser
import FleetLedger

/// `codewhale fleet init`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make this directory a workspace.",
        discussion: """
            Makes .codewhale with an empty ledger and an example spec. Repeating it changes nothing.

            Example:
              codewhale fleet init
            """
    )

    /// What was made.
    struct Result: Equatable {
        /// The workspace's directory.
        let root: String
        /// Whether there was none before.
        let isNew: Bool
        /// The example spec.
        let example: String
    }

    @OptionGroup var options: FleetOptions

    func run() throws {
        let workspace =
            try options.workspace == nil ? Workspace(root: System.currentDirectory) : options.workspacePlace()
        let result = try Self.initialize(workspace)
        let console = Console.current
        if options.json {
            console.write(Self.json(result))
        } else {
            console.write(Self.text(result))
        }
    }

    /// Makes what is not there.
    static func initialize(_ workspace: Workspace) throws(CommandError) -> Result {
        let isNew: Bool
        do {
            isNew = try workspace.initialize()
        } catch {
            throw CommandError(error)
        }
        let path = workspace.directory + "/example.json"
        do {
            let file = try System.create(path)
            defer { System.close(file) }
            try System.write(ExampleSpec.text.utf8, to: file)
        } catch {
            guard error.isPresent else {
                throw CommandError(.workspace, "\(path) cannot be written: \(error.text)")
            }
        }
        return Result(root: workspace.root, isNew: isNew, example: path)
    }

    /// The result for people.
    static func text(_ result: Result) -> String {
        let state = result.isNew ? "made a workspace in" : "there is a workspace already in"
        return """
            \(state) \(TerminalText.line(result.root))
            next: codewhale fleet run \(ShellWord.quoted(result.example))

            """
    }

    /// The result for programs.
    static func json(_ result: Result) -> JSONObject {
        .answer(
            "init",
            ["workspace": .string(result.root), "created": .bool(result.isNew), "example": .string(result.example)]
        )
    }
}
