import ArgumentParser
import FleetCore
import FleetManager

/// `codewhale fleet orphans`.
struct OrphansCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orphans",
        abstract: "Show what attempts left on hosts and no run owns; reap it.",
        discussion: """
            The hosts are those of the workspace's runs, with this machine, or those of a file of workers. Found are \
            processes and records of attempts by the supervisor's own directories, also where the ledger that knew of \
            them is gone. What belongs to a run that goes on is left alone, whether or not it has a manager now, and so \
            is what a live manager drives, whatever the ledger says of it. --reap stops this workspace's, verified, and removes their records; with --foreign also other workspaces' \
            of the same account whose lease on the host has run out: whose managers were not heard of for longer than \
            their runs' lost_after. What another workspace's manager drives is never touched.

            Exit code: 0, 1 where something could not be reaped, 69 where a host could not be reached, or a run's spec \
            not be read.

            Example:
              codewhale fleet orphans --reap
            """
    )

    @OptionGroup var options: FleetOptions

    @Option(help: ArgumentHelp("A file of workers, whose hosts are looked at.", valueName: "file"))
    var workers: String?

    @Option(help: ArgumentHelp("What carries connections to ssh hosts, in place of what the workers say."))
    var transport: TransportChoice?

    @Flag(help: "Stop what is found, and remove its records.")
    var reap = false

    @Flag(help: "Reap other workspaces', too, whose lease has run out.")
    var foreign = false

    func validate() throws {
        if foreign, !reap { throw ValidationError("--foreign goes with --reap") }
    }

    func run() async throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let context = try Composition.managerContext(workspace.place, options: options)
        let search = OrphanSearch(context: context, options: .init(reaps: reap, takesForeign: foreign))
        let (hosts, unreadable) = try await hosts(search)
        let found = await search.run(on: hosts.map { $0.carried(by: transport?.transport) })
        let report = OrphansReport(hosts: found, reaps: reap, unreadable: unreadable)
        if options.json { console.write(report.json) } else { console.write(report.text) }
        if report.exit != .success { throw ExitCode(report.exit.rawValue) }
    }

    private func hosts(_ search: OrphanSearch) async throws -> (hosts: [HostSpec], unreadable: [RunID]) {
        if let workers { return (try SpecLoader.workers(workers).map(\.host), []) }
        return try await search.hostsOfLedger()
    }
}
