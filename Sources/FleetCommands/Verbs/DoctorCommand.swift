import ArgumentParser
import FleetCore

/// `codewhale fleet doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Ask each host what works, and say what to do about what does not.",
        discussion: """
            The hosts are those of the spec's workers, or of a file of workers; without either, those of the \
            workspace's latest runs, else this machine. They are asked at once, over the transport that carries their \
            attempts: connection, host key, login, shell, supervisor, variables, directories, programs, sessions, \
            clock, logind. The supervisor is sent where it is not there; nothing else stays on a host.

            Exit code: 0 where there is no error, 69 where a host could not be reached, 78 for any other error.

            Example:
              codewhale fleet doctor .codewhale/example.json
            """
    )

    @OptionGroup var options: FleetOptions

    @Option(help: ArgumentHelp("A file of workers, in place of those in the spec.", valueName: "file"))
    var workers: String?

    @Option(help: ArgumentHelp("Look at this worker's host alone.", valueName: "worker"))
    var host: String?

    @Option(help: ArgumentHelp("What carries connections to ssh hosts, in place of what the workers say."))
    var transport: TransportChoice?

    @Argument(help: "The spec: a file, or - for standard input (default: the workspace's latest runs).")
    var spec: String?

    func run() async throws {
        let console = Console.current
        let workspace = try options.workspacePlace()
        let plan = try DoctorPlan(
            spec: spec,
            workers: workers,
            host: host,
            transport: transport.flatMap { SSHHostSpec.Transport(rawValue: $0.rawValue) },
            workspace: workspace
        )
        let context = try DoctorContext(workspace)
        let examination = HostExamination(context: context)
        let needsClient = plan.targets.contains { $0.ssh != nil }
        async let client = needsClient ? ClientExamination(context: context).findings() : []
        // Read once, before all hosts would do so at once.
        if plan.targets.contains(where: \.needsPayload) { _ = await context.payloadDigests() }
        let hosts = await Doctor.examine(plan.targets) { await examination.report(of: $0) }
        let report = DoctorReport(findings: await client, hosts: hosts)
        if options.json { console.write(report.json) } else { console.write(report.text) }
        if report.exit != .success { throw ExitCode(report.exit.rawValue) }
    }
}
