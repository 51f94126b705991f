package import FleetLedger

/// What a manager runs on, waits by and draws lots with: threads, timers, watches and random numbers.
///
/// It is put in where the program is put together, so that a simulation can run the same manager on one thread, in a time
/// of its own, twice the same way.
package protocol Runtime: Sendable {
    /// Runs an actor's work, which may block.
    ///
    /// - Parameter label: names it for people.
    /// - Returns: an executor for one actor.
    func serialExecutor(_ label: String) -> any SerialExecutor

    /// Runs the work of all copies of logs and artifacts, which waits for the disk.
    var copyExecutor: any SerialExecutor { get }

    /// Runs what belongs to no actor; nil for where the language runs it by itself.
    var taskExecutor: (any TaskExecutor)? { get }

    /// Does what blocks where nothing else is kept waiting.
    func blocking<Success: Sendable>(_ body: @escaping @Sendable () throws -> Success) async throws -> Success

    /// Calls `body` once, after so many milliseconds.
    func schedule(in milliseconds: Int64, _ body: @escaping @Sendable () -> Void) -> Alarm

    /// Waits so many milliseconds.
    ///
    /// - Throws: `CancellationError` where the task is cancelled meanwhile.
    func pause(_ milliseconds: Int64) async throws

    /// Tells of changes of a workspace's ledger, and of the file of the hosts' health, until it is cancelled.
    func watch(
        _ workspace: Workspace,
        onHealth: @escaping @Sendable () -> Void,
        onChange: @escaping @Sendable () -> Void
    ) throws(LedgerError) -> any Watch

    /// A random number.
    func random() -> UInt64

    /// This process.
    var processID: Int { get }
}

/// A call that is to come.
package struct Alarm: Sendable {
    private let onCancel: @Sendable () -> Void

    /// A call that `onCancel` calls off.
    package init(onCancel: @escaping @Sendable () -> Void) { self.onCancel = onCancel }

    /// Calls it off; it may be on its way already.
    package func cancel() { onCancel() }
}

/// Something that tells of changes until it is cancelled.
package protocol Watch: Sendable {
    /// Ends it: no call begins after it returned, though one that has begun may still go on.
    func cancel()
}

extension LedgerWatcher: Watch {}

extension Runtime {
    /// 16 hex digits that nobody guesses: of attempts and of requests.
    package func nonce() -> String {
        let digits = String(random(), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Returns after so many milliseconds, or when the task is cancelled.
    func sleep(for milliseconds: Int64) async {
        let (stream, end) = AsyncStream<Never>.makeStream()
        let alarm = schedule(in: milliseconds) { end.finish() }
        for await _ in stream {}
        alarm.cancel()
    }

    /// Its random numbers, for what draws from a generator.
    var generator: RuntimeGenerator { RuntimeGenerator(runtime: self) }
}

/// Draws a runtime's random numbers.
struct RuntimeGenerator: RandomNumberGenerator {
    let runtime: any Runtime

    mutating func next() -> UInt64 { runtime.random() }
}
