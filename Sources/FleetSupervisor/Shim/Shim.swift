import CFleetSupervisor
import FleetWire

/// Watches over one attempt, in a process of its own that outlives `attach`, connection and manager.
///
/// It holds the record's lock for as long as it lives, starts the program, pumps its output into the log, enforces its
/// deadline, carries out what was asked, and writes the end into the record.
final class Shim {
    /// How far the ending of the tree went.
    enum Stage: Int, Comparable {
        case none
        case interrupt
        case terminate
        case kill
        /// What is left cannot be ended.
        case exhausted

        static func < (one: Stage, other: Stage) -> Bool { one.rawValue < other.rawValue }
    }

    let order: ShimOrder
    let record: AttemptRecordFile
    var report: AttemptReport
    var life = RecordLife()

    var signals: Int32 = -1
    var deadline: Int32 = -1
    var lossTimer: Int32 = -1
    var lossWatch: LossWatch?
    var output: Int32 = -1
    var log: BoundedLogWriter?
    var buffer: UnsafeMutableRawBufferPointer?

    var program: pid_t = 0
    var status: Int32?
    var hasChildren = true
    var intentNumber: UInt64 = 0

    var stage = Stage.none
    var grace: UInt64
    /// When the next stage begins, by the steady clock.
    var stageEnd: UInt64 = .max
    var drainEnd: UInt64 = .max
    var killEnd: UInt64 = .max
    var killer = TreeKiller()
    var leftBehind: Set<pid_t> = []

    private init(_ order: ShimOrder) {
        self.order = order
        record = AttemptRecordFile(owning: order.record)
        report = AttemptReport(key: order.request.key, state: .running)
        grace = order.request.grace
    }

    /// The life of a forked shim.
    static func run(_ order: ShimOrder) -> Never {
        leaveParent(keeping: [order.record, order.directory, order.pipe, order.null], null: order.null)
        let shim = Shim(order)
        do {
            try shim.start()
        } catch {
            shim.giveUp(error)
        }
        shim.supervise()
        shim.finish()
        _exit(0)
    }

    /// Waits for whatever happens until nothing is left to wait for.
    private func supervise() {
        while true {
            reap()
            if status != nil, !hasChildren { return }
            advance()
            if status != nil, stage == .exhausted { return }
            wait()
        }
    }

    /// Sleeps until a child ends, output comes, an intent or the deadline, or the next step is due.
    private func wait() {
        let due = min(stageEnd, min(drainEnd, killEnd))
        let now = Clock.steady
        var timeout: Int32 = -1
        if stage == .kill {
            timeout = 5
        } else if due != .max {
            timeout = Int32(min(due > now ? due - now : 0, 1 << 30))
        }
        var polled = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: deadline, events: Int16(POLLIN), revents: 0),
            pollfd(fd: lossTimer, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polled, nfds_t(polled.count), timeout) > 0 else { return }
        if polled[0].revents != 0 { pump(limit: 1 << 20) }
        if polled[1].revents != 0 {
            while true {
                let signal = cfleet_next_signal(signals)
                if signal == 0 { break }
                if signal == SIGUSR1 {
                    // Whether it ended before it was asked to decides what is answered.
                    reap()
                    takeIntent()
                }
            }
        }
        if polled[2].revents != 0 {
            _ = close(deadline)
            deadline = -1
            reap()
            if status == nil { end(.terminate, grace: order.request.grace, cause: .timeout) }
        }
        if polled[3].revents != 0 { lookAtLease() }
    }

    /// Takes the ends of children.
    func reap() {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            if pid > 0 {
                if pid == program { programEnded(status) }
            } else if pid == 0 {
                hasChildren = true
                return
            } else if cfleet_errno() != EINTR {
                hasChildren = false
                return
            }
        }
    }

    private func programEnded(_ status: Int32) {
        self.status = status
        report.finishedAt = Clock.wall
        let signal = status & 0x7f
        report.exit = signal == 0 ? .code(UInt8(truncatingIfNeeded: status >> 8)) : .signal(UInt8(signal))
        if deadline >= 0 {
            _ = close(deadline)
            deadline = -1
        }
        endLossWatch()
        if stage == .none { drainEnd = Clock.steady &+ order.request.drain }
    }

    /// Reads what the program wrote, at most about `limit` bytes of it.
    func pump(limit: Int) {
        guard output >= 0 else { return }
        let buffer = buffer ?? UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        self.buffer = buffer
        var taken = 0
        while taken < limit {
            let count = read(output, buffer.baseAddress, buffer.count)
            if count > 0 {
                append(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
                taken += count
                if count < 4_096 { return }
            } else if count == 0 {
                _ = close(output)
                output = -1
                return
            } else if cfleet_errno() != EINTR {
                return
            }
        }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) {
        if log == nil {
            log = BoundedLogWriter(
                path: order.start.logPath,
                limits: BoundedLog.Limits(limit: order.start.logLimit, head: order.start.logHead),
                digesting: order.request.wantsLogDigest
            )
        }
        log?.append(bytes)
    }
}
