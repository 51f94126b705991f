package import FleetLedger
import NIOCore
import NIOPosix

/// This machine's threads, timers, watches and random numbers.
package struct SystemRuntime: Runtime {
    private static let copies = ThreadExecutor(label: "fleet.copies")

    /// The one that there is.
    package init() {}

    package func serialExecutor(_ label: String) -> any SerialExecutor { ThreadExecutor(label: label) }

    package var copyExecutor: any SerialExecutor { Self.copies }

    package var taskExecutor: (any TaskExecutor)? { nil }

    package func blocking<Success: Sendable>(
        _ body: @escaping @Sendable () throws -> Success
    ) async throws -> Success {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    package func schedule(in milliseconds: Int64, _ body: @escaping @Sendable () -> Void) -> Alarm {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let task = loop.scheduleTask(in: .milliseconds(milliseconds), body)
        return Alarm { task.cancel() }
    }

    package func pause(_ milliseconds: Int64) async throws { try await Task.sleep(for: .milliseconds(milliseconds)) }

    package func watch(
        _ workspace: Workspace,
        onHealth: @escaping @Sendable () -> Void,
        onChange: @escaping @Sendable () -> Void
    ) throws(LedgerError) -> any Watch {
        try LedgerWatcher(workspace, onHealth: onHealth, onChange: onChange)
    }

    package func random() -> UInt64 { .random(in: .min ... .max) }

    package var processID: Int { Int(ProcessIdentity.pid) }
}
