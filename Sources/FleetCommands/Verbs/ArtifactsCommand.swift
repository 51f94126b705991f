import ArgumentParser
import FleetCore

/// `codewhale fleet artifacts`.
struct ArtifactsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifacts",
        abstract: "List what a task left as its result, or copy it out.",
        discussion: """
            Of a worker, it is what it carries or carried last. Copies are checked against the receipt's SHA-256, and \
            never overwrite anything.

            Example:
              codewhale fleet artifacts local-1 --into results
            """
    )

    @OptionGroup var options: FleetOptions

    @Option(help: ArgumentHelp("Copy them there; the directory is made where it is not.", valueName: "dir"))
    var into: String?

    @Option(help: ArgumentHelp("Which attempt (default: the last).", valueName: "n"))
    var attempt: Int?

    @Argument(help: ArgumentHelp("The worker, or the task.", valueName: "worker | run/task"))
    var target: String

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt: attempts count from 1") }
        if into?.isEmpty == true { throw ValidationError("--into is empty") }
    }

    func run() throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let named = try workspace.attempt(target, number: attempt)
        let copies = try into.map { directory throws(CommandError) in
            try Self.copy(named, of: workspace, into: directory)
        }
        if options.json {
            console.write(Self.json(named, copies: copies))
        } else {
            console.write(Self.text(named, copies: copies))
        }
    }

    /// Copies all artifacts of an attempt, and returns where to.
    static func copy(
        _ named: OpenWorkspace.NamedAttempt,
        of workspace: OpenWorkspace,
        into directory: String
    ) throws(CommandError) -> [String] {
        let copier = try ArtifactCopier(named, of: workspace.place, into: directory)
        var copies: [String] = []
        for artifact in named.attempt.artifacts { copies.append(try copier.copy(artifact)) }
        return copies
    }

    /// The artifacts for people.
    static func text(_ named: OpenWorkspace.NamedAttempt, copies: [String]?) -> String {
        guard !named.attempt.artifacts.isEmpty else {
            return named.attempt.isOpen ? "\(named.name) has not ended yet\n" : "\(named.name) left no artifacts\n"
        }
        var table = TextTable([
            ("KIND", .left), ("SIZE", .right), ("SHA256", .left), (copies == nil ? "PATH" : "COPY", .left),
        ])
        for (index, artifact) in named.attempt.artifacts.enumerated() {
            table.add([
                artifact.kind, Wording.bytes(artifact.bytes), artifact.sha256, copies?[index] ?? artifact.place,
            ])
        }
        return table.text
    }

    /// The artifacts for programs.
    static func json(_ named: OpenWorkspace.NamedAttempt, copies: [String]?) -> JSONObject {
        let artifacts = named.attempt.artifacts.enumerated()
            .map { index, artifact in
                var object = JSONValue.artifactObject(artifact)
                if let copies { object.add("copy", .string(copies[index])) }
                return JSONValue.object(object)
            }
        return .answer(
            "artifacts",
            [
                "run_id": .string(named.run.rawValue), "task_id": .string(named.task.rawValue),
                "attempt": .int(Int64(named.attempt.number)), "artifacts": .array(artifacts),
            ]
        )
    }
}
