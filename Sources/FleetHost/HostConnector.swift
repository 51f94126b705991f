package import FleetCore
import FleetLibSSH2
package import FleetTransport
package import NIOCore

/// Makes the adapters of hosts: the one place that knows which transport reaches which host.
package struct HostConnector: Sendable {
    /// The workspace's id, by which hosts keep its attempts apart from others'.
    package var workspace: String
    /// The supervisors that can be put on hosts.
    package var payloads: SupervisorPayloads
    /// This process's environment, from which an ssh client is given what it needs.
    package var environment: [String: String]
    /// The native transport's connections, which hosts share.
    private let clients = PerEventLoop { NativeClient(eventLoop: $0) }
    /// The timers of polls, which hosts share.
    private let clocks = PollClocks()

    /// A connector of its parts.
    package init(workspace: String, payloads: SupervisorPayloads, environment: [String: String]) {
        self.workspace = workspace
        self.payloads = payloads
        self.environment = environment
    }

    /// The adapter of a host, which has not connected yet.
    ///
    /// - Parameters:
    ///   - host: the host.
    ///   - eventLoop: where its channels run.
    ///   - onNotice: called for what the host tells unasked, on the event loop; must not block.
    /// - Returns: the adapter.
    package func adapter(
        for host: HostDescription,
        on eventLoop: any EventLoop,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) -> SupervisedHost {
        switch host.reach {
        case .local(let supervisor, let state):
            SupervisedHost(
                configuration: configuration(of: host, supervisor: supervisor, state: state),
                transport: LocalTransport(eventLoop: eventLoop),
                onNotice: onNotice
            )
        case .ssh(let spec):
            SupervisedHost(
                configuration: configuration(of: host, spec),
                transport: transport(to: spec, on: eventLoop) { error in
                    onNotice(.fallback(HostError(wrapping: error, host: host.name)))
                },
                onNotice: onNotice
            )
        }
    }

    /// The transport that reaches a host of a spec.
    ///
    /// - Parameters:
    ///   - spec: the host.
    ///   - eventLoop: where its channels run.
    ///   - onFallback: told why `auto` takes the system's `ssh`, once for each session; must not block.
    /// - Returns: the transport.
    package func transport(
        to spec: SSHHostSpec,
        on eventLoop: any EventLoop,
        onFallback: @escaping @Sendable (TransportError) -> Void = { _ in }
    ) -> any Transport {
        let endpoint = SSHEndpoint(spec)
        let system = SystemSSHTransport(endpoint: endpoint, environment: environment, eventLoop: eventLoop)
        guard spec.transport != .system else { return system }
        let native = LibSSH2Transport(
            endpoint: endpoint,
            environment: environment,
            client: clients.value(on: eventLoop)
        )
        return spec.transport == .libssh2
            ? native : AutoTransport(native: native, system: system, onFallback: onFallback)
    }

    /// The adapter of an ssh host over a session that is there already, which it leaves open.
    package func adapter(
        for host: HostDescription,
        _ spec: SSHHostSpec,
        over session: any Session,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) -> SupervisedHost {
        SupervisedHost(
            configuration: configuration(of: host, spec),
            transport: PresentSession(session: session),
            onNotice: onNotice
        )
    }

    private func configuration(
        of host: HostDescription,
        supervisor: String,
        state: String
    ) -> SupervisedHost.Configuration {
        var configuration = SupervisedHost.Configuration(
            name: host.name,
            launch: .command([supervisor, "attach", "--state", state]),
            environment: host.environment,
            verifiedNames: host.verifiedNames
        )
        configuration.isHere = true
        configuration.polling = host.polling
        configuration.clocks = clocks
        return configuration
    }

    private func configuration(of host: HostDescription, _ spec: SSHHostSpec) -> SupervisedHost.Configuration {
        let launch: SupervisorLaunch =
            if let path = spec.supervisor {
                .present(path, workspace: workspace)
            } else {
                .delivered(workspace: workspace, payloads: payloads)
            }
        let isRequest = spec.envVia == .request
        var configuration = SupervisedHost.Configuration(
            name: host.name,
            launch: launch,
            environment: isRequest ? [:] : host.environment,
            verifiedNames: host.verifiedNames
        )
        configuration.greetedVariables = isRequest ? host.environment : [:]
        configuration.environmentHint =
            "add \"AcceptEnv NAMES\" to the host's sshd_config, or set \"env_via\": \"request\" for the host"
        configuration.patience = max(10, spec.connectTimeoutSeconds)
        configuration.polling = host.polling
        configuration.clocks = clocks
        return configuration
    }
}
