/// What the executor has to do, in this order, as the pool has decided.
enum PoolAction: Hashable, Sendable {
    /// Asks the budget of all endpoints for leave to connect; ``PoolState/granted(_:now:)`` answers.
    case reserve(ConnectionID)
    /// Gives that leave, or the wish for it, back. It follows each `reserve` once.
    case unreserve(ConnectionID)
    /// Connects and authenticates, within the connect timeout.
    case connect(ConnectionID)
    /// Opens the caller's channel on a connection.
    case open(CallerID, on: ConnectionID)
    /// The caller has its channel; it must be released.
    case serve(CallerID, on: ConnectionID)
    /// The caller gets no channel.
    case fail(CallerID, PoolFailure)
    /// The channel that a caller was served with is gone with its connection.
    case lose(CallerID, on: ConnectionID)
    /// Gives up the opening of a channel, whose caller has been told. How it came out is reported all the same.
    case abandon(CallerID, on: ConnectionID)
    /// Closes a channel that was opened though given up; then it is released.
    case closeChannel(CallerID, on: ConnectionID)
    /// Sends something that the host answers.
    case ping(ConnectionID)
    /// Closes a connection, after which ``PoolState/closed(_:now:)`` is due. It may come a second time, `isAbrupt`.
    ///
    /// An abrupt end waits for nobody: no farewell to the host, no orderly end of channels.
    case close(ConnectionID, isAbrupt: Bool)
    /// Calls ``PoolState/tick(now:)`` at that time; it takes the place of an earlier wish, and is never later than it.
    case wake(at: PoolInstant)
    /// The pool is shut down; so many connections did not close in time.
    case finished(left: Int)
}
