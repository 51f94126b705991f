import NIOCore

/// What a connection attempt says to whoever gave it leave to connect; on the event loop.
struct ConnectLeave: Sendable {
    /// The first host on the way has accepted us; may be said again.
    var enter: @Sendable () -> Void
    /// The host has not answered for a while: others may connect meanwhile.
    var rest: @Sendable () -> Void
    /// The host has answered: the attempt goes on when the future is there.
    var resume: @Sendable () -> EventLoopFuture<Void>

    /// After how long without an answer an attempt rests: TCP asks a second time after one second.
    static let patience = TimeAmount.milliseconds(1_500)

    /// Leave that nobody else wants.
    static func unshared(on eventLoop: any EventLoop) -> ConnectLeave {
        ConnectLeave(enter: {}, rest: {}, resume: { eventLoop.makeSucceededVoidFuture() })
    }
}
