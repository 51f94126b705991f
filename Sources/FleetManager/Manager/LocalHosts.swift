import FleetCore
import FleetHost
import FleetLedger
import FleetTransport
import FleetWire
import NIOCore

/// The control channels of this machine: workers that agree in their variables share one.
struct LocalHosts {
    private let adapters: [any HostAdapter]
    private let placeOfWorker: [WorkerID: Int]

    /// Adapters that have not connected yet, one for each set of variables that the workers ask for.
    init(
        workers: [WorkerSpec],
        context: ManagerContext,
        eventLoop: any EventLoop,
        onNotice: @escaping @Sendable (HostNotice) -> Void
    ) {
        var adapters: [any HostAdapter] = []
        var placeOfNames: [Set<String>: Int] = [:]
        var placeOfWorker: [WorkerID: Int] = [:]
        for worker in workers {
            let names = Set(worker.localHost.environmentAllowlist)
            if let place = placeOfNames[names] {
                placeOfWorker[worker.id] = place
                continue
            }
            let environment = LocalEnvironment.values(allowlist: Array(names), from: context.environment)
            var configuration = SupervisedHost.Configuration(
                name: "local",
                arguments: [context.supervisorPath, "attach", "--state", context.workspace.localState],
                environment: environment,
                verifiedNames: names.filter { environment[$0] != nil }.sorted()
            )
            configuration.isHere = true
            placeOfNames[names] = adapters.count
            placeOfWorker[worker.id] = adapters.count
            adapters.append(context.makeHost(configuration, eventLoop, onNotice))
        }
        self.adapters = adapters
        self.placeOfWorker = placeOfWorker
    }

    /// The adapter that carries a worker's attempts.
    subscript(worker: WorkerID) -> (any HostAdapter)? { placeOfWorker[worker].map { adapters[$0] } ?? adapters.first }

    /// The first of them: it can speak of every attempt of this machine.
    var any: (any HostAdapter)? { adapters.first }

    /// Leaves this machine; what runs there runs on.
    func close() async {
        for adapter in adapters { await adapter.close() }
    }
}
