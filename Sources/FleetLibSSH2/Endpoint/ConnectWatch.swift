import FleetTransport
import NIOCore

/// A connection attempt that may be ended from outside: too late, or not wanted any more.
///
/// Runs on its event loop.
final class ConnectWatch {
    private var connections: [SSHConnection] = []
    private var error: TransportError?
    private let eventLoop: any EventLoop
    private var waiting: EventLoopPromise<Void>?

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// A connection of it.
    func add(_ connection: SSHConnection) {
        connections.append(connection)
        if let error { connection.fail(error) }
    }

    /// Ends it.
    func end(_ error: TransportError) {
        guard self.error == nil else { return }
        self.error = error
        for connection in connections { connection.fail(error) }
        waiting?.fail(error)
        waiting = nil
    }

    /// What a future of NIO tells, or why the attempt was ended, whichever is first.
    func wait(for future: EventLoopFuture<Void>) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        if let error {
            promise.fail(error)
            return promise.futureResult
        }
        waiting = promise
        future.assumeIsolated()
            .whenComplete { [self] result in
                guard waiting != nil else { return }
                waiting = nil
                promise.completeWith(result)
            }
        return promise.futureResult
    }

    /// It came about: the connections are their owner's.
    func release() { connections = [] }

    /// It came to nothing: returns when nothing of it is left.
    func discard() -> EventLoopFuture<Void> {
        for connection in connections.reversed() { connection.close() }
        return EventLoopFuture.andAllComplete(connections.map(\.closed.futureResult), on: eventLoop)
    }
}
