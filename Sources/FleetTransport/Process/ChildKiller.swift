import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Kills a child that goes on after its channel was closed.
///
/// Works on the channel's event loop alone.
final class ChildKiller: Sendable {
    private let pid: pid_t
    private let grace: TimeAmount
    private let eventLoop: any EventLoop
    private let mayKill: @Sendable () -> Bool
    private let timer: NIOLoopBoundBox<Scheduled<Void>?>
    private let isOver: NIOLoopBoundBox<Bool>

    init(_ pid: pid_t, after grace: TimeAmount, on eventLoop: any EventLoop, mayKill: @escaping @Sendable () -> Bool) {
        self.pid = pid
        self.grace = grace
        self.eventLoop = eventLoop
        self.mayKill = mayKill
        timer = NIOLoopBoundBox.makeBoxSendingValue(nil, eventLoop: eventLoop)
        isOver = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: eventLoop)
    }

    /// Begins to wait.
    func start() {
        guard !isOver.value else { return }
        timer.value = eventLoop.scheduleTask(in: grace) { [self] in
            if mayKill() { kill() } else { start() }
        }
    }

    /// Does not wait.
    func kill() {
        guard !isOver.value else { return }
        SpawnedProcess.kill(pid)
    }

    /// The child has ended, and its pid is about to be given back.
    func cancel() {
        isOver.value = true
        timer.value?.cancel()
    }
}
