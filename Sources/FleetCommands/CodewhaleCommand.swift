import ArgumentParser

/// The root of the command line.
struct CodewhaleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codewhale",
        abstract: "Durable runs of many tasks on many workers, without a server.",
        discussion: """
            Example:
              codewhale fleet init
              codewhale fleet run .codewhale/example.json --max-workers 4
            """,
        subcommands: [FleetCommand.self, ExecCommand.self]
    )
}

/// `codewhale fleet`: the verbs.
struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Run tasks on workers, and see and change what they do.",
        discussion: """
            Example:
              codewhale fleet status
            """,
        subcommands: [
            InitCommand.self, RunCommand.self, DriveCommand.self, StatusCommand.self, RunsCommand.self,
            InspectCommand.self,
            LogsCommand.self, ArtifactsCommand.self, InterruptCommand.self, RestartCommand.self,
            ResumeCommand.self,
            StopCommand.self,
            WorkersCommand.self, DoctorCommand.self,
        ]
    )
}
