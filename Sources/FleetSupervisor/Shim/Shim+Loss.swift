import CFleetSupervisor
import FleetWire

/// Ends the attempt where its host has heard of no manager for longer than the run wants.
extension Shim {
    /// Begins to watch the workspace's lease, where the start asks for it.
    func watchLease() {
        guard order.request.lossLimit > 0 else { return }
        let watch = LossWatch(limit: order.request.lossLimit, now: Clock.sinceBoot, awake: Clock.steady)
        lossTimer = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        guard lossTimer >= 0 else { return }
        lossWatch = watch
        setLossTimer(watch.due)
    }

    /// Looks at the lease; it is time.
    func lookAtLease() {
        var count: UInt64 = 0
        _ = read(lossTimer, &count, MemoryLayout<UInt64>.size)
        guard var watch = lossWatch else { return }
        let lease = OwnerLease.read(in: order.directory, "../\(OwnerLease.name)")
        let renewedAt = lease?.bootID == order.host.bootID ? lease?.renewedAt : nil
        let verdict = watch.look(now: Clock.sinceBoot, awake: Clock.steady, renewedAt: renewedAt)
        lossWatch = watch
        switch verdict {
        case .wait(let time): setLossTimer(time)
        case .lost:
            endLossWatch()
            reap()
            if status == nil { end(.terminate, grace: order.request.grace, cause: .managerLoss) }
        }
    }

    /// Nothing is left to be ended for it.
    func endLossWatch() {
        lossWatch = nil
        if lossTimer >= 0 { _ = close(lossTimer) }
        lossTimer = -1
    }

    private func setLossTimer(_ time: UInt64) {
        var setting = itimerspec()
        setting.it_value.tv_sec = time_t(time / 1_000)
        // A moment later, so that the time has come by every clock's rounding.
        setting.it_value.tv_nsec = Int(time % 1_000) * 1_000_000 + 999_999
        timerfd_settime(lossTimer, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }
}
