import FleetTransport

/// How the supervisor's `attach` is run on a host.
package enum SupervisorLaunch: Sendable {
    /// The supervisor is there: `attach`'s command line, without the nonce.
    case command([String])
    /// It is there, at a path of the host that may begin with `~/`; the workspace's id names its state.
    case present(String, workspace: String)
    /// It is put there where it is missing; the workspace's id names its state.
    case delivered(workspace: String, payloads: SupervisorPayloads)

    /// What is run on a control channel.
    func request(nonce: String, environment: [String: String]) throws -> ChannelRequest {
        switch self {
        case .command(let arguments):
            ChannelRequest(arguments: arguments + ["--nonce", nonce], environment: environment)
        case .present(let path, let workspace):
            ChannelRequest(
                arguments: [
                    "/bin/sh", "-c", DeliveryScripts.present, "codewhale", path, "attach", "--workspace", workspace,
                    "--nonce", nonce,
                ],
                environment: environment
            )
        case .delivered(let workspace, let payloads):
            ChannelRequest(
                arguments: ["/bin/sh", "-c", DeliveryScripts.attach, "codewhale", nonce, workspace]
                    + (try payloads.all()).map { "\($0.platform)=\($0.digest)" },
                environment: environment
            )
        }
    }

    /// What is run, in messages.
    var program: String {
        switch self {
        case .command(let arguments): arguments.first ?? "its supervisor"
        case .present(let path, _): path
        case .delivered: "its supervisor"
        }
    }

    /// Whether a script may stand before the supervisor.
    var isDelivered: Bool { if case .delivered = self { true } else { false } }
}
