import ArgumentParser
import FleetCore
import FleetManager

/// `codewhale fleet workers`.
struct WorkersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Show the workers, and the health of their hosts; drain one.",
        discussion: """
            A drained worker is given nothing more; what it carries goes on. A host that refuses the key, shows another \
            host key or cannot be set up is quarantined: see to it, then --undrain one of its workers, or start a run. \
            Managers at work heed both at once.

            Example:
              codewhale fleet workers --drain builder-1
            """
    )

    @OptionGroup var options: FleetOptions

    @Option(help: ArgumentHelp("Give this worker nothing more.", valueName: "id"))
    var drain: String?

    @Option(help: ArgumentHelp("Give it tasks again, and try its host at once.", valueName: "id"))
    var undrain: String?

    func validate() throws {
        if drain != nil, undrain != nil { throw ValidationError("--drain and --undrain do not go together") }
    }

    func run() throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let file = HealthFile(workspace.place, now: { System.now })
        if let worker = try drain.map({ text throws(CommandError) in try Self.worker(text, in: workspace) }) {
            try file.drain(worker)
        }
        if let worker = try undrain.map({ text throws(CommandError) in try Self.worker(text, in: workspace) }) {
            try file.undrain(worker)
        }
        let report = WorkersReport(workspace, now: System.now)
        if options.json {
            console.write(report.json)
        } else {
            console.write(report.text)
        }
    }

    private static func worker(_ text: String, in workspace: OpenWorkspace) throws(CommandError) -> WorkerID {
        guard case .worker(let worker) = try workspace.target(text, .worker) else {
            throw CommandError(.noWorker, "there is no worker \(text)")
        }
        return worker
    }
}
