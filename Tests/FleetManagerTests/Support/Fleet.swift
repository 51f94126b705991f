import FleetHost
import Testing

@testable import FleetManager

/// A workspace with several machines, found by their hosts' names; `local` is the site's own.
struct Fleet: Sendable {
    let site: Site
    let machines: [String: FakeMachine]

    /// Makes one; checks at the end that no machine was done wrong, and no channel left open.
    static func with(
        _ machines: [String: FakeMachine],
        configure: (inout ManagerContext) -> Void = { _ in },
        _ body: (Fleet) async throws -> Void
    ) async throws {
        let local = FakeMachine()
        try await Site.with(local) { site in
            var site = site
            site.context.contactSeconds = 0.2
            site.context.copyMilliseconds = 5
            site.context.makeHost = { host, _, onNotice in
                FakeHost(machines[host.name] ?? local, name: host.name, onNotice: onNotice)
            }
            configure(&site.context)
            try await body(Fleet(site: site, machines: machines))
        }
        for (name, machine) in machines {
            #expect(machine.breaches.isEmpty, "\(name)")
            #expect(machine.listenerCount == 0, "a channel to \(name) was left open")
        }
    }

    /// What is kept of the hosts' health.
    var health: FleetHealth { HealthFile(site.workspace, now: ManagerContext.systemTime).read() }

    /// What is kept of one host's.
    func health(of host: String) -> HostHealth? { health.hosts.values.first { $0.name == host } }
}

extension HostError {
    static let refused = HostError(.authentication, "fake: permission denied")
    static let otherKey = HostError(.hostKey, "fake: the host key has changed")
}
