import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging

extension RunManager {
    /// How many records of ended attempts are removed from the host at once.
    static let tidyBatch = 256
    /// How long they may wait for that, in milliseconds.
    static let tidyWait: Int64 = 1_000

    /// The end, where nothing is left to do here; the end of the run is written then.
    func endIfDone() throws -> RunEnd? {
        guard let counts = state?.counts else { throw runIsGone }
        guard !isAwaitingLeftovers, ghostCalls.isSubset(of: triedGhosts) else { return nil }
        if flights.isEmpty, counts.open == 0, counts.queued == 0, let finished = try finish() {
            return .finished(finished)
        }
        if isStuck {
            guard purpose == .drive else { return .stopped(counts) }
            if let finished = try finish(incomplete: true) { return .finished(finished) }
        }
        return pending.isEmpty && isPurposeServed ? .stopped(counts) : nil
    }

    /// Writes the run's end, unless somebody has just wanted more of it.
    ///
    /// Incomplete, tasks may be left, as nothing of them can be run.
    private func finish(incomplete: Bool = false) throws -> Event.RunFinished? {
        var finished: Event.RunFinished?
        let time = now
        let result = try ledger.append(durable: true, at: time) { workspace in
            guard let run = workspace.live(runID), run.counts.open == 0, run.counts.queued == 0 || incomplete,
                !run.pendingEnds.contains(where: { !$0.waiting.isEmpty })
            else { return nil }
            let event = Event.RunFinished(
                run: runID,
                status: run.requestedEnd != nil
                    ? .cancelled
                    : run.counts.queued > 0
                        ? .incomplete
                        : run.counts.passed == run.counts.total ? .completed : .failed,
                tasks: run.counts.tally,
                seconds: time.seconds(since: run.createdAt)
            )
            finished = event
            return [.runFinished(event)]
        }
        if finished == nil {
            hasNews = true
            try note(result.seen)
        } else {
            observe((result.seen + result.written).filter { $0.event.run == runID })
        }
        return finished
    }

    /// Whether there is nothing more to do here, though the run goes on.
    private var isPurposeServed: Bool {
        switch purpose {
        case .drive: flights.isEmpty && isDraining
        case .task(let task):
            // What else of the run is running runs on, as it did before this manager came.
            isIdle && !flights.values.contains { isToRun(spec.tasks[$0.task].id, task) }
                && (isDraining || restarted.union([task]).allSatisfy { state?.task($0)?.status.isTerminal ?? true })
        case .settle, .collect: isIdle
        }
    }

    /// Whether a task is the one that this manager is for, or another that somebody wanted again meanwhile.
    private func isToRun(_ task: TaskID, _ purpose: TaskID) -> Bool { task == purpose || restarted.contains(task) }

    /// Whether a machine that answers is being asked for all that it knows: what others left there is ended and removed.
    private var isAwaitingLeftovers: Bool {
        hostStates.indices.contains { hostStates[$0].isConnected && hostStates[$0].isAsking && hostStates[$0].wantsAll }
    }

    /// Whether nothing that was asked of hosts is without an answer.
    private var isIdle: Bool {
        hostsInLine.isEmpty && endCalls.isEmpty && ghostCalls.isEmpty && copying.isEmpty
            && hostStates.allSatisfy { !$0.isAsking } && flights.values.allSatisfy(\.isOpenQuestion)
    }

    /// Removes records of ended attempts from the hosts, many at a time: each removal costs a host a wait for its disk.
    func tidy() {
        let counts = hostStates.map(\.settled.count)
        guard counts.contains(where: { $0 > 0 }) else { return }
        if counts.contains(where: { $0 >= Self.tidyBatch }) || tidyAt.map({ $0 <= now }) ?? false {
            tidyAt = nil
            jobs += removals()
        } else if tidyAt == nil {
            tidyAt = Timestamp(milliseconds: now.milliseconds + Self.tidyWait)
        }
    }

    /// Removes what is left to be removed; a host that is silent is not waited for.
    func removeLastRecords() async {
        let jobs = removals(within: context.closeSeconds)
        await withDiscardingTaskGroup { group in
            for job in jobs { group.addTask(operation: job) }
        }
    }

    /// One removal for each host that can be asked.
    private func removals(within seconds: Double? = nil) -> [Job] {
        var jobs: [Job] = []
        for place in hostStates.indices where !hostStates[place].settled.isEmpty && hostStates[place].isConnected {
            let (host, keys, logger) = (hosts.all[place], hostStates[place].settled, context.logger)
            hostStates[place].settled = []
            jobs.append {
                guard case .failure(let error) = await host.ask(within: seconds, { try await $0.cleanup(keys) }) else {
                    return
                }
                logger.debug("records of ended attempts stay on the host", metadata: ["error": "\(error)"])
            }
        }
        return jobs
    }
}
