package import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import NIOPosix

/// Looks on hosts for what no run which goes on owns, and reaps it.
///
/// It is found by the supervisor's own directories: also what no ledger knows any more. What another workspace's
/// manager drives is never touched: its lease on the host says so, and the host itself looks at that last of all.
package struct OrphanSearch: Sendable {
    /// What is to be done with what is found.
    package struct Options: Sendable {
        /// Whether it is to be ended and removed.
        package var reaps: Bool
        /// Whether other workspaces', too, whose lease has run out.
        package var takesForeign: Bool

        /// Options of their parts.
        package init(reaps: Bool = false, takesForeign: Bool = false) {
            self.reaps = reaps
            self.takesForeign = takesForeign
        }
    }

    /// How many hosts are looked at at once.
    private static let parallel = 16

    let context: ManagerContext
    let options: Options

    /// A search.
    package init(context: ManagerContext, options: Options) {
        self.context = context
        self.options = options
    }

    /// The hosts of all runs of the workspace, and this machine.
    ///
    /// - Returns: the hosts, each once, and the runs whose specs cannot be read, of whose hosts nothing is known.
    /// - Throws: ``LedgerError``.
    package func hostsOfLedger() async throws -> (hosts: [HostSpec], unreadable: [RunID]) {
        let workspace = context.workspace
        return try await NIOThreadPool.singleton.runIfActive {
            var known: Set<WorkerSummary> = []
            var hosts: [HostSpec] = [.local(LocalHostSpec())]
            var unreadable: [RunID] = []
            let ledger = try Ledger(opening: workspace)
            for run in ledger.state.summaries.reversed() {
                let workers = run.workers.map(\.definition).filter { $0.host != "local" }
                guard !workers.allSatisfy({ known.contains($0) }) else { continue }
                guard let created = (try? ledger.loadRun(run.id))??.created,
                    let spec = try? RunFiles.load(run.id, digest: created.specDigest, in: workspace)
                else {
                    unreadable.append(run.id)
                    continue
                }
                known.formUnion(workers)
                hosts += spec.workers.map(\.host)
            }
            return (hosts, unreadable)
        }
    }

    /// Looks on hosts, each once for all workers there, and does what the options say.
    ///
    /// - Returns: what there is, host by host, in their order.
    package func run(on hosts: [HostSpec]) async -> [OrphanHost] {
        var seen: Set<String> = []
        let targets = hosts.filter { seen.insert(WorkerHostID($0).machine).inserted }
        return await withTaskGroup(of: (Int, OrphanHost).self) { group in
            var results = [OrphanHost?](repeating: nil, count: targets.count)
            var next = 0
            func add() {
                guard next < targets.count else { return }
                let (place, target) = (next, targets[next])
                next += 1
                group.addTask { (place, await OrphanVisit(search: self, host: target).run()) }
            }
            for _ in 0..<Self.parallel { add() }
            for await (place, result) in group {
                results[place] = result
                add()
            }
            return results.compactMap(\.self)
        }
    }
}
