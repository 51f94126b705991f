import CFleetSupervisor
import FleetWire

extension Shim {
    /// Writes the end into the record, sees it to the disk, and says so.
    func finish() {
        finishLog()
        var usage = rusage()
        _ = cfleet_children_usage(&usage)
        report.state = .exited
        report.userMicroseconds = microseconds(usage.ru_utime)
        report.systemMicroseconds = microseconds(usage.ru_stime)
        report.peakMemoryBytes = UInt64(max(usage.ru_maxrss, 0)) << 10
        report.leftBehind = UInt32(leftBehind.subtracting(report.survivors.map { pid_t($0) }).count)
        report.revision = Revision.ended
        // Empty, it goes: an attempt that makes nothing leaves nothing.
        report.hasArtifacts = rmdir(order.start.artifactsDirectory) != 0 && cfleet_errno() != ENOENT
        try? record.write(.end, report)
        try? record.synchronize()
        ShimMessage.ended(report).send(order.number, to: order.pipe)
    }

    private func finishLog() {
        // Somebody outside the tree may hold the pipe open and write for ever: what is there now is the last of it.
        var polled = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        if output >= 0, poll(&polled, 1, 0) > 0, polled.revents & Int16(POLLIN) != 0 { pump(limit: 4 << 20) }
        // The record counts its bytes, and is synced itself: what it tells must not be more than there is.
        log?.synchronize()
        guard let summary = log.take()?.finish() else {
            if order.request.wantsLogDigest { report.logDigest = SHA256().hexDigest() }
            return
        }
        report.logBytes = summary.total
        report.logDropped = summary.dropped
        report.logDigest = summary.digest
    }

    private func microseconds(_ time: timeval) -> UInt64 {
        UInt64(max(time.tv_sec, 0)) &* 1_000_000 &+ UInt64(max(time.tv_usec, 0))
    }
}
