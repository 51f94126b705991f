import CFleetSupervisor

/// Ends processes for good: stops all of them, looks for more until there are none, then kills them.
///
/// Done when two looks in a row find nothing alive. What another account owns cannot be ended, and is a survivor.
struct TreeKiller {
    /// Processes that may not be signalled.
    private(set) var untouchable: Set<pid_t> = []
    /// Processes that were told to end.
    private(set) var told: Set<pid_t> = []
    private var emptyLooks = 0

    /// Whether two looks in a row found nothing that can be ended.
    var isDone: Bool { emptyLooks >= 2 }

    /// One round.
    ///
    /// - Parameter look: finds what is alive; it is called several times.
    /// - Returns: what was alive at the round's first look.
    mutating func round(_ look: () -> [ProcessStat]) -> [ProcessStat] {
        let first = look()
        var stopped: Set<pid_t> = []
        var alive = first
        untouchable.formIntersection(first.map(\.pid))
        // A process that forks faster than it is found is caught in one of these looks, or in a later round.
        for _ in 0..<100 {
            var isNew = false
            for process in alive where !untouchable.contains(process.pid) && stopped.insert(process.pid).inserted {
                isNew = true
                send(SIGSTOP, to: process)
            }
            if !isNew { break }
            alive = look()
        }
        for process in alive where !untouchable.contains(process.pid) { send(SIGKILL, to: process) }
        let isEmpty = first.allSatisfy { untouchable.contains($0.pid) }
        emptyLooks = isEmpty ? emptyLooks + 1 : 0
        return first
    }

    private mutating func send(_ signal: Int32, to process: ProcessStat) {
        if process.isHidden { untouchable.insert(process.pid) }
        guard let member = ProcessTree.Member(process) else { return }
        switch member.send(signal) {
        case 0: told.insert(process.pid)
        case EPERM: untouchable.insert(process.pid)
        default: break
        }
    }
}
