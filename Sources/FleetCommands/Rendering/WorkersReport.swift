import FleetCore
import FleetManager

/// The workers of a workspace, in both forms.
struct WorkersReport {
    /// The workers, those of live runs first.
    let workers: [WorkerView]
    let now: Timestamp

    /// All workers that runs have named, by their latest definition; automatic ones only while they are in use.
    init(_ workspace: OpenWorkspace, now: Timestamp) {
        self.now = now
        let health = workspace.health
        let live = WorkerView.all(of: workspace.state.liveRuns, health: health)
        var known = Set(live.map(\.definition.id))
        var others: [WorkerView] = []
        for run in workspace.state.summaries.reversed() where run.status != nil {
            for worker in run.workers where known.insert(worker.definition.id).inserted {
                others.append(WorkerView(definition: worker.definition).with(health))
            }
        }
        workers = live + others
    }

    /// For programs.
    var json: JSONObject {
        .answer(
            "workers",
            [
                "workers": .array(
                    workers.map { worker in
                        var object = worker.json
                        object.add("slots_used", .int(Int64(worker.open.count)))
                        object.add("drained", .bool(worker.isDrained))
                        object.add("health", WorkerHealthJSON.value(of: worker))
                        return .object(object)
                    }
                )
            ]
        )
    }

    /// For people.
    var text: String {
        guard !workers.isEmpty else { return "no workers yet; a run names them, or has local ones\n" }
        var table = TextTable([
            ("WORKER", .left), ("HOST", .left), ("TRANSPORT", .left), ("STATE", .left), ("SLOTS", .right),
            ("CONNECTS", .right), ("FAILURES", .left), ("NEXT PROBE", .left),
        ])
        for worker in workers {
            let next = worker.host?.breaker.nextTry.map { "in \(Wording.duration(max($0.seconds(since: now), 0)))" }
            table.add([
                worker.definition.id.rawValue, worker.definition.host, worker.transport, worker.state,
                "\(worker.open.count)/\(worker.definition.slots)", worker.host.map { "\($0.connects)" } ?? "",
                worker.host.map { WorkerHealthText.failures($0.failures) } ?? "", next ?? "",
            ])
        }
        return table.text + pools + notes
    }

    /// The native transport's connections, each host's once.
    private var pools: String {
        var told: Set<String> = []
        var table = TextTable([
            ("POOL", .left), ("OPEN", .right), ("IDLE", .right), ("CHANNELS", .right), ("WAITING", .right),
            ("CONNECTS", .right), ("FAILURES", .left),
        ])
        for worker in workers {
            guard let host = worker.host, let pool = host.pool, told.insert(host.name).inserted else { continue }
            let use = pool.use
            table.add([
                host.name, "\(use.open)", "\(use.idle)", "\(use.channels)", "\(use.waiting)", "\(pool.connects)",
                WorkerHealthText.failures(pool.failures),
            ])
        }
        return told.isEmpty ? "" : "\n" + table.text
    }

    /// What a cell has no room for: why hosts cannot be reached, each once.
    private var notes: String {
        var told: Set<String> = []
        var text = ""
        for worker in workers {
            guard let host = worker.host, host.breaker.state != .closed, let last = host.lastFailure,
                told.insert(host.name).inserted
            else { continue }
            text += TerminalText.line("\(host.name): \(last.class): \(last.message)") + "\n"
            if host.breaker.isQuarantined {
                text += "  see to it, then: codewhale fleet workers --undrain \(worker.definition.id)\n"
            }
        }
        return text.isEmpty ? "" : "\n" + text
    }
}
