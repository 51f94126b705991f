import CFleetSupervisor

/// The host's clocks.
enum Clock {
    /// Nanoseconds of one of the system's clocks.
    static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Milliseconds since 1970.
    static var wall: UInt64 { nanoseconds(CLOCK_REALTIME) / 1_000_000 }

    /// Milliseconds of a clock that only goes forward, for waits within this process.
    static var steady: UInt64 { nanoseconds(CLOCK_MONOTONIC) / 1_000_000 }

    /// Milliseconds since boot, those included for which the machine slept.
    static var sinceBoot: UInt64 { nanoseconds(CLOCK_BOOTTIME) / 1_000_000 }

    /// Clock ticks since boot, the unit in which `/proc/<pid>/stat` gives a process's start (proc(5), field 22).
    static var bootTicks: UInt64 {
        let perSecond = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        return nanoseconds(CLOCK_BOOTTIME) / (1_000_000_000 / perSecond)
    }
}
