import FleetCore
import FleetLedger

extension RunManager {
    /// How many attempts may be leased now without taking what belongs to other runs of the workspace.
    ///
    /// What is held back is taken after all when nobody took it within ``FairShare/yieldMilliseconds``.
    func allowance(in workspace: WorkspaceState, run: RunState, freed: Int, now: Timestamp) -> Int {
        let rivals = rivals(in: workspace)
        guard !rivals.isEmpty else { return .max }
        let slots = scheduler.workers.reduce(0) { $0 + $1.slots }
        let allowance = FairShare.allowance(slots: slots, open: run.counts.open - freed, rivals: rivals)
        guard allowance < slots else {
            yieldingSince = nil
            return allowance
        }
        let since = yieldingSince ?? now
        yieldingSince = since
        let end = Timestamp(milliseconds: since.milliseconds + FairShare.yieldMilliseconds)
        if now >= end {
            yieldingSince = nil
            return .max
        }
        yieldEnd = end
        return allowance
    }

    private func rivals(in workspace: WorkspaceState) -> [FairShare.Rival] {
        guard workspace.liveRunCount > 1 else { return [] }
        return workspace.liveRuns.compactMap { other in
            guard other.id != runID, other.counts.queued > 0, isDriven(other.id) else { return nil }
            let open = scheduler.workers.reduce(0) { $0 + other.openAttempts($1.id) }
            let isShared = scheduler.workers.contains { worker in
                other.workers.contains { $0.definition.id == worker.id }
            }
            return isShared ? FairShare.Rival(open: open, queued: other.counts.queued) : nil
        }
    }

    private func isDriven(_ run: RunID) -> Bool {
        (try? RunLock.holder(context.workspace.managerLock(run))) != nil
    }
}
