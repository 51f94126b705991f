import FleetCore
import FleetHost
import FleetTransport
import FleetWire

/// A host of a run: the adapter that several workers share, and what is to be known of it.
struct Host: Sendable {
    /// The adapter.
    let adapter: any HostAdapter
    /// Its name in messages.
    let name: String
    /// Whether it is this machine.
    let isLocal: Bool
    /// What carries the connection: `local`, `system`.
    let transport: String
    /// Its key in the file of the hosts' health.
    let key: String
    /// Hosts of one machine know of each other's attempts, as only their variables differ.
    let machine: String
    /// The first host of its machine: it speaks for all of them where everything is asked for.
    let isFirst: Bool
    /// Seconds after which a contact counts as failed; nil for this machine.
    let contactSeconds: Double?
    /// Seconds after which another question does.
    let answerSeconds: Double?
    /// What is written of it.
    let log: AdapterLog
    /// Timers, for answers that do not come.
    let runtime: any Runtime

    /// Asks it something.
    func ask<Success: Sendable>(
        within seconds: Double? = nil,
        _ body: @escaping @Sendable (any HostAdapter) async throws -> Success
    ) async -> Result<Success, HostError> {
        let limit = answerSeconds.map { seconds ?? $0 }
        return await HostCall.result(of: name, within: limit, runtime: runtime) { [adapter] in try await body(adapter) }
    }
}

/// How a worker's host is told from others.
struct WorkerHostID: Hashable {
    /// The key in the file of health.
    let key: String
    /// The machine.
    let machine: String

    /// The identity of a worker's host: what only concerns attempts, as their directory, is left out.
    init(_ host: HostSpec) {
        switch host {
        case .local(let host):
            key = "local " + Set(host.environmentAllowlist).sorted().joined(separator: " ")
            machine = "local"
        case .ssh(var host):
            host.workingDirectory = ""
            host.codewhaleBinary = ""
            host.path = []
            host.environmentAllowlist = Set(host.environmentAllowlist).sorted()
            let spec = WorkerSpec(id: WorkerID(unchecked: "w"), host: .ssh(host))
            key = String(SHA256.hexDigest(of: spec.specJSON).prefix(16))
            machine = "ssh \(host.proxyJump ?? "") \(host.endpoint)"
        }
    }
}

extension SSHHostSpec {
    /// Its name in messages.
    package var endpoint: String { SSHEndpoint(self).name }
}
