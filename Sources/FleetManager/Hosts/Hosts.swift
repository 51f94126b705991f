import FleetCore
import FleetHost
import FleetLedger
import NIOCore

/// The hosts of a run: workers that agree in endpoint, account and variables share one.
struct Hosts: Sendable {
    /// The hosts, in the order of the workers that need them first.
    let all: [Host]
    private let placeOfWorker: [WorkerID: Int]

    /// Hosts that have not been contacted yet.
    ///
    /// - Parameters:
    ///   - workers: the run's workers.
    ///   - context: what the manager works with.
    ///   - eventLoop: where the channels run.
    ///   - onNotice: called with the host's place for what it tells unasked; must not block.
    init(
        workers: [WorkerSpec],
        context: ManagerContext,
        eventLoop: any EventLoop,
        onNotice: @escaping @Sendable (Int, HostNotice) -> Void
    ) {
        var hosts: [Host] = []
        var places: [WorkerHostID: Int] = [:]
        var placeOfWorker: [WorkerID: Int] = [:]
        var machines: Set<String> = []
        var logs: [String: AdapterLog] = [:]
        for worker in workers {
            let identity = WorkerHostID(worker.host)
            if let place = places[identity] {
                placeOfWorker[worker.id] = place
                continue
            }
            let place = hosts.count
            let description = HostDescription(worker.host, context: context)
            let path = worker.isLocal ? context.workspace.localHostLog : context.workspace.hostLog(description.name)
            let log = logs[path] ?? AdapterLog(path: path, now: context.now)
            logs[path] = log
            let answerSeconds: Double?
            let contactSeconds: Double?
            let transport: String
            switch worker.host {
            case .local: (answerSeconds, contactSeconds, transport) = (nil, nil, "local")
            case .ssh(let host):
                answerSeconds = context.answerSeconds
                // The supervisor may have to be sent first.
                contactSeconds = host.connectTimeoutSeconds + context.contactSeconds
                transport = host.transport.rawValue
            }
            hosts.append(
                Host(
                    adapter: context.makeHost(description, eventLoop) { onNotice(place, $0) },
                    name: description.name,
                    isLocal: worker.isLocal,
                    transport: transport,
                    key: identity.key,
                    machine: identity.machine,
                    isFirst: machines.insert(identity.machine).inserted,
                    contactSeconds: contactSeconds,
                    answerSeconds: answerSeconds,
                    log: log,
                    runtime: context.runtime
                )
            )
            places[identity] = place
            placeOfWorker[worker.id] = place
        }
        all = hosts
        self.placeOfWorker = placeOfWorker
    }

    /// The place of the host that carries a worker's attempts.
    func place(of worker: WorkerID) -> Int? { placeOfWorker[worker] ?? (all.isEmpty ? nil : 0) }

    /// The places of two workers' hosts.
    func places(of one: WorkerID, _ other: WorkerID) -> (Int, Int)? {
        guard let first = place(of: one), let second = place(of: other) else { return nil }
        return (first, second)
    }

    /// The host that carries a worker's attempts.
    subscript(worker: WorkerID) -> Host? { place(of: worker).map { all[$0] } }

    /// Whether none is another machine.
    var areAllLocal: Bool { all.allSatisfy(\.isLocal) }

    /// Whether two hosts know of each other's attempts.
    func isSameMachine(_ one: Int, _ other: Int) -> Bool { all[one].machine == all[other].machine }

    /// Leaves them all; what runs there runs on.
    ///
    /// - Parameter seconds: after how long a host that does not let go is left to itself, by its place.
    func close(within seconds: (Int) -> Double) async {
        await withDiscardingTaskGroup { group in
            for (place, host) in all.enumerated() {
                let limit = seconds(place)
                group.addTask {
                    // Whoever gives up waiting for a host still has it closed.
                    _ = await HostCall.result(of: host.name, within: limit, runtime: host.runtime) {
                        await host.adapter.close()
                    }
                }
            }
        }
    }
}

extension HostDescription {
    /// The host of a worker, with the values of this process's variables.
    init(_ host: HostSpec, context: ManagerContext) {
        let bound = TimeAmount.nanoseconds(Int64(context.pollSeconds * 1e9))
        switch host {
        case .local(let host):
            let names = Set(host.environmentAllowlist)
            let environment = LocalEnvironment.values(allowlist: Array(names), from: context.environment)
            self.init(
                name: "local",
                reach: .local(supervisor: context.supervisorPath, state: context.workspace.localState),
                environment: environment,
                verifiedNames: names.filter { environment[$0] != nil }.sorted(),
                polling: PollSettings(bound: bound)
            )
        case .ssh(let host):
            // The base of its environment is the host's own.
            let names = Set(host.environmentAllowlist)
            let environment = context.environment.filter { names.contains($0.key) }
            self.init(
                name: host.endpoint,
                reach: .ssh(host),
                environment: environment,
                verifiedNames: environment.keys.sorted(),
                polling: PollSettings(bound: bound, patience: .nanoseconds(Int64(context.answerSeconds * 1e9)))
            )
        }
    }
}

extension WorkerSpec {
    /// Whether it works on this machine.
    var isLocal: Bool { if case .local = host { true } else { false } }
}
