import FleetTransport
package import NIOCore

/// Makes the adapters of hosts: the one place that knows which transport reaches which host.
package struct HostConnector: Sendable {
    /// A connector.
    package init() {}

    /// The adapter of a host, which has not connected yet.
    ///
    /// - Parameters:
    ///   - host: the host.
    ///   - eventLoop: where its channels run.
    ///   - onNotice: called for what the host tells unasked, on the event loop; must not block.
    package func adapter(
        for host: HostDescription,
        on eventLoop: any EventLoop,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) -> any HostAdapter {
        switch host.reach {
        case .local(let supervisor, let state):
            SupervisedHost(
                configuration: SupervisedHost.Configuration(
                    name: host.name,
                    arguments: [supervisor, "attach", "--state", state],
                    environment: host.environment,
                    verifiedNames: host.verifiedNames
                ),
                transport: LocalTransport(eventLoop: eventLoop),
                onNotice: onNotice
            )
        case .ssh:
            preconditionFailure("ssh workers are refused before a host is made")
        }
    }
}
