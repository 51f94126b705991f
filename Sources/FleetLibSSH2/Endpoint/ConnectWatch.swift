import FleetTransport
import NIOCore
import NIOPosix

/// A connection attempt that may be ended from outside: too late, or not wanted any more.
///
/// Whatever the attempt waits for stands here, so that ending it ends every wait: a future of NIO knows nothing of a
/// task's cancellation. Runs on its event loop.
final class ConnectWatch {
    private var connections: [SSHConnection] = []
    private var channels: [any Channel] = []
    private var error: TransportError?
    private let eventLoop: any EventLoop
    private var waits: [Int: (TransportError) -> Void] = [:]
    private var lastWait = 0
    private var alarm: (deadline: NIODeadline, error: TransportError, timer: Scheduled<Void>)?
    private var rest: Scheduled<Void>?
    /// Whether a host was asked that has not answered yet.
    private var isKnocking = false
    /// How long it has waited to go on, which is none of its time.
    private(set) var pause = TimeAmount.zero

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// A connection of it.
    func add(_ connection: SSHConnection) {
        connections.append(connection)
        if let error { connection.fail(error) }
    }

    /// A channel that is about to connect for it.
    ///
    /// - Throws: why the attempt was ended, where it was.
    func join(_ channel: any Channel) throws {
        if let error { throw error }
        channels.append(channel)
    }

    /// A channel that serves the attempt alone.
    func add(_ channel: any Channel) {
        channels.append(channel)
        if error != nil { channel.close(promise: nil) }
    }

    // MARK: - Time

    /// It ends then, unless it has come about.
    func endsAt(_ deadline: NIODeadline, _ error: TransportError) {
        let timer = eventLoop.assumeIsolated()
            .scheduleTask(deadline: deadline) { [weak self] () -> Void in self?.end(error) }
        alarm = (deadline, error, timer)
    }

    /// A host is asked: where it does not answer for a while, others have the leave to connect meanwhile.
    func knock(_ leave: ConnectLeave) {
        isKnocking = true
        // A timer that is cancelled in the turn in which it is due fires all the same.
        rest = eventLoop.assumeIsolated()
            .scheduleTask(in: ConnectLeave.patience) { [weak self] in
                if self?.isKnocking == true { leave.rest() }
            }
    }

    /// The host has answered: the attempt goes on when it has leave, and what it waits for that is none of its time.
    func isAnswered(_ leave: ConnectLeave) -> EventLoopFuture<Void> {
        stopKnocking()
        let (future, start) = (leave.resume(), eventLoop.now)
        alarm?.timer.cancel()
        future.assumeIsolated()
            .whenComplete { [weak self] _ in
                guard let self, error == nil, let alarm else { return }
                let wait = eventLoop.now - start
                pause = pause + wait
                endsAt(alarm.deadline + wait, alarm.error)
            }
        return wait(for: future)
    }

    private func stopKnocking() {
        isKnocking = false
        rest?.cancel()
    }

    /// Ends it.
    func end(_ error: TransportError) {
        guard self.error == nil else { return }
        self.error = error
        stopKnocking()
        alarm?.timer.cancel()
        // First those who wait: what becomes of the channels then is no reason of its own.
        let waits = self.waits
        self.waits = [:]
        for fail in waits.values { fail(error) }
        for connection in connections { connection.fail(error) }
        for channel in channels { channel.close(promise: nil) }
    }

    /// What a future tells, or why the attempt was ended, whichever is first.
    func wait<Value: Sendable>(for future: EventLoopFuture<Value>) -> EventLoopFuture<Value> {
        let promise = eventLoop.makePromise(of: Value.self)
        if let error {
            promise.fail(error)
            return promise.futureResult
        }
        lastWait += 1
        let number = lastWait
        waits[number] = { promise.fail($0) }
        future.assumeIsolated()
            .whenComplete { [self] result in
                guard waits.removeValue(forKey: number) != nil else { return }
                promise.completeWith(result)
            }
        return promise.futureResult
    }

    /// It came about: the connections are their owner's.
    func release() {
        alarm?.timer.cancel()
        (connections, channels) = ([], [])
    }

    /// It came to nothing: returns when nothing of it is left.
    func discard() -> EventLoopFuture<Void> {
        stopKnocking()
        alarm?.timer.cancel()
        for connection in connections.reversed() { connection.close() }
        for channel in channels { channel.close(promise: nil) }
        let ends = connections.map(\.closed.futureResult) + channels.map(\.closeFuture)
        return EventLoopFuture.andAllComplete(ends, on: eventLoop)
    }
}

/// Calls that may block for long, each kind on threads of its own: a mount or a name server that does not answer holds up
/// its own kind alone, and of that no more than so many.
enum BlockingCalls {
    /// Reads of files.
    static let files = pool(8)
    /// Lookups of names.
    static let names = pool(32)

    private static func pool(_ threads: Int) -> NIOThreadPool {
        let pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        return pool
    }
}

extension NIOLoopBound<ConnectWatch> {
    /// What reading files gives, or why the attempt was ended: a file system may never answer.
    func read<Content: Sendable>(_ body: @escaping @Sendable () throws -> Content) async throws -> Content {
        try await eventLoop.flatSubmit {
            value.wait(for: BlockingCalls.files.runIfActive(eventLoop: eventLoop, body))
        }
        .get()
    }
}
