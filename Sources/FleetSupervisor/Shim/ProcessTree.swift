import CFleetSupervisor

/// The processes below one, found by their parents.
///
/// Complete while that one is their subreaper.
enum ProcessTree {
    /// A process to be signalled, held by a descriptor so that no other with its pid is met.
    struct Member: ~Copyable {
        let stat: ProcessStat
        private let descriptor: Int32

        /// Takes hold of a process, if it is still the one that was seen.
        init?(_ seen: ProcessStat) {
            descriptor = cfleet_pidfd_open(seen.pid)
            if descriptor < 0, cfleet_errno() != ENOSYS { return nil }
            guard let now = ProcessStat.read(seen.pid), now.startTicks == seen.startTicks, !now.isDead else {
                if descriptor >= 0 { _ = close(descriptor) }
                return nil
            }
            stat = now
        }

        deinit { if descriptor >= 0 { _ = close(descriptor) } }

        /// Sends a signal.
        ///
        /// - Returns: 0, or the errno: `EPERM` for another account's process, `ESRCH` for one that is gone.
        func send(_ signal: Int32) -> Int32 {
            let result = descriptor >= 0 ? cfleet_pidfd_signal(descriptor, signal) : kill(stat.pid, signal)
            return result == 0 ? 0 : cfleet_errno()
        }
    }

    /// The children of one process, by the kernel's list of them; nothing where the kernel keeps none.
    static func listedChildren(of pid: pid_t) -> [pid_t]? {
        var children: [pid_t] = []
        var isListed = false
        try? forEachEntry(of: "/proc/\(pid)/task") { thread in
            guard let bytes = try? readSmallFile("/proc/\(pid)/task/\(thread)/children", limit: 1 << 20) else { return }
            isListed = true
            for part in bytes.split(separator: 0x20) {
                if let child = pid_t(decimal: part) { children.append(child) }
            }
        }
        return isListed ? children : nil
    }

    /// All live processes below `roots`, parents before children, without the roots themselves.
    ///
    /// - Parameters:
    ///   - roots: where it begins.
    ///   - read: reads what `/proc` says of a process.
    ///   - isForeign: whether a process lives that belongs to another account.
    /// - Returns: the processes.
    static func descendants(
        of roots: [pid_t],
        read: (pid_t) -> ProcessStat? = ProcessStat.read,
        isForeign: (pid_t) -> Bool = { kill($0, 0) != 0 && cfleet_errno() == EPERM }
    ) -> [ProcessStat] {
        var found: [ProcessStat] = []
        var seen = Set(roots)
        var front = roots
        var scan: [ProcessStat]?
        while let parent = front.popLast() {
            let children: [pid_t]
            if let listed = listedChildren(of: parent) {
                children = listed
            } else {
                let all = scan ?? ProcessStat.all()
                scan = all
                children = all.filter { $0.parent == parent }.map(\.pid)
            }
            for child in children where seen.insert(child).inserted {
                front.append(child)
                if let stat = read(child) {
                    if !stat.isDead { found.append(stat) }
                } else if isForeign(child) {
                    found.append(.hidden(child, parent: parent))
                }
            }
        }
        return found
    }
}
