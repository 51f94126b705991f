import FleetCore
import FleetLedger

extension RunManager {
    /// How many attempts may be leased now without taking what belongs to other runs of the workspace.
    ///
    /// What is held back is taken after all when nobody took it within ``ManagerContext/yieldMilliseconds``.
    func allowance(in workspace: WorkspaceState, run: RunState, now: Timestamp) -> Int {
        let rivals = rivals(in: workspace, now: now)
        let slots = scheduler.workers.reduce(0) { $0 + (isUsable($1.id) ? $1.slots : 0) }
        let allowance =
            rivals.isEmpty
            ? .max : FairShare.allowance(slots: slots, open: run.counts.open, rivals: rivals.map(\.claim))
        guard allowance < slots else {
            yieldingSince = nil
            return allowance
        }
        let since = yieldingSince ?? now
        yieldingSince = since
        let end = Timestamp(milliseconds: since.milliseconds + context.yieldMilliseconds)
        guard now >= end else {
            yieldEnd = end
            return allowance
        }
        yieldingSince = nil
        let next = Timestamp(milliseconds: now.milliseconds + FairShare.passOverMilliseconds)
        for rival in rivals { passedOver[rival.run] = next }
        return .max
    }

    private func rivals(in workspace: WorkspaceState, now: Timestamp) -> [(run: RunID, claim: FairShare.Rival)] {
        guard workspace.liveRunCount > 1 else { return [] }
        return workspace.liveRuns.compactMap { other in
            guard other.id != runID, other.counts.queued > 0, passedOver[other.id].map({ $0 <= now }) ?? true,
                scheduler.workers.contains(where: { worker in
                    other.workers.contains { $0.definition.id == worker.id }
                }), context.isDriven(other.id)
            else { return nil }
            let open = scheduler.workers.reduce(0) { $0 + other.openAttempts($1.id) }
            return (other.id, FairShare.Rival(open: open, queued: other.counts.queued))
        }
    }
}

extension ManagerContext {
    /// Whether a process drives a run; where that cannot be told, somebody may.
    func isDriven(_ run: RunID) -> Bool {
        do {
            return try RunLock.holder(workspace.managerLock(run), on: workspace.disk) != nil
        } catch {
            return true
        }
    }
}
