import FleetHost
import FleetLedger
import NIOCore
import NIOPosix

/// What the examination of hosts works with.
struct DoctorContext: Sendable {
    /// Makes adapters and transports.
    let connector: HostConnector
    /// The supervisor of this machine.
    let supervisor: String
    /// Where the local supervisor keeps its state.
    let localState: String
    /// Whether the workspace's id was made for this examination, and what it leaves on hosts is removed.
    let isThrowaway: Bool
    /// This process's environment.
    let environment: [String: String]
    /// Where channels run.
    let eventLoop: any EventLoop

    /// The context of a workspace, whether or not it is there.
    ///
    /// - Throws: `configuration` where the supervisor is missing.
    init(_ workspace: Workspace, environment: [String: String] = System.environment) throws(CommandError) {
        supervisor = try SupervisorLookup.find(beside: System.executable)
        let id = try? workspace.id()
        isThrowaway = id == nil
        let nonce = Nonce.make()
        connector = HostConnector(
            workspace: id ?? nonce,
            payloads: SupervisorPayloads(supervisor: supervisor),
            environment: environment
        )
        let place = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        localState = id == nil ? "\(place)/codewhale-doctor-\(nonce)" : workspace.localState
        self.environment = environment
        eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    }

    /// What small commands on this machine find in their environment.
    var commandEnvironment: [String: String] {
        let names = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "SHELL", "SSH_AUTH_SOCK"]
        return environment.filter { names.contains($0.key) }
    }

    /// The digests of the supervisors that can be sent; the first call reads their files.
    func payloadDigests() async -> [String] {
        let payloads = connector.payloads
        let all = try? await NIOThreadPool.singleton.runIfActive { try payloads.all() }
        return all.map { $0.map(\.digest) } ?? []
    }

    /// Whether an agent may be asked.
    var hasAgent: Bool { environment["SSH_AUTH_SOCK"].map { !$0.isEmpty } ?? false }
}
