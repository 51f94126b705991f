import CFleetSupervisor
import FleetWire

/// Finds what is left of an attempt whose shim died.
///
/// A process is taken for ours on evidence alone, never by its pid.
struct Leftovers {
    /// Which attempt.
    let key: AttemptKey
    /// Which processes its record names; nil where its shim died before it could write that down.
    let life: RecordLife?
    /// Orphans that came to `attach` when the shim died.
    let orphans: [ProcessStat]
    /// Processes that are never ours.
    let spared: Set<pid_t>

    /// All that is alive of it now.
    func find() -> [ProcessStat] {
        let all = ProcessStat.all().filter { !$0.isDead && !spared.contains($0.pid) && $0.pid > 1 }
        var ours = Set(all.filter(isOurs).map(\.pid))
        var isGrowing = !ours.isEmpty
        while isGrowing {
            isGrowing = false
            for process in all where ours.contains(process.parent) && ours.insert(process.pid).inserted {
                isGrowing = true
            }
        }
        return all.filter { ours.contains($0.pid) }
    }

    /// The pids of all that have an attempt's key, where its record names none.
    static func pids(of key: AttemptKey) -> [UInt32] {
        Leftovers(key: key, life: nil, orphans: [], spared: [getpid()]).find().prefix(32).map { UInt32($0.pid) }
    }

    private func isOurs(_ process: ProcessStat) -> Bool {
        // The key was drawn for this attempt: who has it was started for it.
        guard let life else { return hasKey(process) }
        // Whatever started before the shim is a stranger.
        guard process.startTicks + 1 >= life.shim.ticksFrom else { return false }
        if life.program.matches(process) && process.session == process.pid { return true }
        if orphans.contains(where: { $0.pid == process.pid && $0.startTicks == process.startTicks }) { return true }
        if hasKey(process) { return true }
        return process.session == pid_t(bitPattern: life.program.pid) && life.program.pid > 1
            && writesToLog(process, life)
    }

    private func hasKey(_ process: ProcessStat) -> Bool {
        let wanted = Array("CODEWHALE_ATTEMPT_KEY=\(key.environmentValue)".utf8)
        guard let environment = try? readSmallFile("/proc/\(process.pid)/environ", limit: 4 << 20) else { return false }
        return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
    }

    private func writesToLog(_ process: ProcessStat, _ life: RecordLife) -> Bool {
        guard life.outputPipe != 0 else { return false }
        for descriptor in 1...2 {
            var status = stat()
            if stat("/proc/\(process.pid)/fd/\(descriptor)", &status) == 0, status.type == 0o010000,
                UInt64(status.st_ino) == life.outputPipe
            {
                return true
            }
        }
        return false
    }
}
