import Dispatch

#if canImport(Musl)
import Musl
#elseif canImport(Glibc)
import Glibc
#endif

/// Tells when the ledger has changed or was replaced, or when the file of the hosts' health was.
package final class LedgerWatcher: Sendable {
    private let queue = DispatchQueue(label: "fleet.ledger.watcher")
    /// Of a source, nothing is used here but `cancel()`, which any thread may call.
    nonisolated(unsafe) private let source: any DispatchSourceProtocol

    /// Watches a workspace's ledger, and calls `onChange` for every change or bundle of changes, on a thread of
    /// its own, until ``cancel()`` or the watcher's release.
    ///
    /// What is written once this has returned is told of; look at the ledger once after it. Throws `missing`,
    /// `unwritable` (may not be read), `system` (no more watches are to be had).
    ///
    /// - Parameters:
    ///   - workspace: the workspace.
    ///   - onHealth: called when the file of the hosts' health was replaced.
    ///   - onChange: called when the ledger has changed.
    /// - Throws: ``LedgerError``.
    package init(
        _ workspace: Workspace,
        onHealth: @escaping @Sendable () -> Void = {},
        onChange: @escaping @Sendable () -> Void
    ) throws(LedgerError) {
        source = try Self.source(workspace, queue, onHealth, onChange)
        source.activate()
    }

    deinit { source.cancel() }

    /// Ends it: no call begins after it returned, though one that has begun may still go on.
    package func cancel() { source.cancel() }

    #if !os(Linux)
    /// Looks at the ledger's size and identity four times a second; to be replaced by the system's own means.
    private static func source(
        _ workspace: Workspace,
        _ queue: DispatchQueue,
        _ onHealth: @escaping @Sendable () -> Void,
        _ onChange: @escaping @Sendable () -> Void
    ) throws(LedgerError) -> any DispatchSourceProtocol {
        // Once the source is activated, its handler alone touches these, and that runs on one serial queue.
        nonisolated(unsafe) var known = try File.status(of: workspace.ledger)
        nonisolated(unsafe) var knownHealth = try? File.status(of: workspace.health)
        let source = DispatchSource.makeTimerSource(queue: queue)
        source.schedule(deadline: .now(), repeating: .milliseconds(250))
        source.setEventHandler {
            let status = (try? File.status(of: workspace.ledger)) ?? nil
            let health = try? File.status(of: workspace.health)
            if health != knownHealth {
                knownHealth = health
                onHealth()
            }
            guard status != known else { return }
            known = status
            onChange()
        }
        return source
    }
    #else
    /// The directory is watched, not the file: so that a ledger which another takes the place of is not lost sight of.
    private static func source(
        _ workspace: Workspace,
        _ queue: DispatchQueue,
        _ onHealth: @escaping @Sendable () -> Void,
        _ onChange: @escaping @Sendable () -> Void
    ) throws(LedgerError) -> any DispatchSourceProtocol {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { throw LedgerError(errno, "cannot watch", workspace.ledger) }
        let wanted = IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ONLYDIR
        guard inotify_add_watch(descriptor, workspace.directory, UInt32(wanted)) >= 0 else {
            let error = errno
            close(descriptor)
            throw LedgerError(error, "cannot watch", workspace.ledger)
        }
        // Where there is no such directory yet, nobody drains a worker.
        _ = inotify_add_watch(descriptor, workspace.fleet, UInt32(IN_MOVED_TO | IN_ONLYDIR))
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler {
            let changed = changes(descriptor)
            if changed.health { onHealth() }
            if changed.ledger { onChange() }
        }
        source.setCancelHandler { close(descriptor) }
        return source
    }

    /// The part of an `inotify_event` before the name (`inotify(7)`): watch, mask, cookie, length.
    private static let headerLength = 16
    private static let ledgerName = Array("fleet.jsonl".utf8)
    private static let healthName = Array("hosts.json".utf8)
    /// Events were dropped, or the directory is gone.
    private static let lost = UInt32(IN_Q_OVERFLOW) | UInt32(IN_IGNORED)

    /// Reads what has happened, and tells what of it concerns the ledger, and the hosts' health.
    private static func changes(_ descriptor: Int32) -> (ledger: Bool, health: Bool) {
        var changes = (ledger: false, health: false)
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                guard count > 0 else { return }
                var place = 0
                while place + headerLength <= count {
                    let mask = buffer.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                    let length = Int(buffer.loadUnaligned(fromByteOffset: place + 12, as: UInt32.self))
                    let start = place + headerLength
                    guard start + length <= count else { break }
                    let name = buffer[start..<start + length].prefix { $0 != 0 }
                    if name.elementsEqual(ledgerName) || mask & lost != 0 { changes.ledger = true }
                    if name.elementsEqual(healthName) || mask & lost != 0 { changes.health = true }
                    place = start + length
                }
            }
        }
        return changes
    }
    #endif
}
