import FleetCore
import FleetHost
import FleetLedger
import FleetSupervisor
import FleetWire

/// What an attempt on another machine leaves, copied into the run's own directory: its log while it runs and after, and
/// its artifacts.
///
/// What the host says is not believed: every part is checked to be the one that was asked for, and all is bounded.
actor AttemptCopy {
    /// What the copy of a log came to.
    struct Log: Sendable, Equatable {
        /// Bytes that were written to the log.
        var total: UInt64 = 0
        /// Bytes of these that are not kept here.
        var dropped: UInt64 = 0
        /// SHA-256 in hex of what is kept here, where it was asked for.
        var digest: String?
        /// How it differs from what the host has; nil where it does not.
        var fault: String?

        /// A log of an attempt that is over of which nothing is known to be here.
        static func missing(_ report: AttemptReport, _ fault: HostError) -> Log {
            Log(total: report.logBytes, dropped: report.logBytes, fault: fault.description)
        }
    }

    /// Bytes of one part.
    static let chunk: UInt32 = 256 << 10
    /// Parts that are read at most while the attempt runs, before others have their turn.
    static let livelyParts = 8

    /// One thread for all of them: writing may wait for the disk.
    nonisolated private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let key: AttemptKey
    nonisolated let host: Host
    let directory: String
    private let logPath: String
    private let limits: BoundedLog.Limits
    private let isDigesting: Bool
    private var hasRemains: Bool
    private var writer: BoundedLogWriter?
    private var finished: Log?
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// The copy of an attempt.
    ///
    /// Where an earlier manager may have begun it, it has remains: then it is begun anew.
    init(_ key: AttemptKey, of task: TaskSpec, host: Host, workspace: Workspace, hasRemains: Bool) {
        self.key = key
        self.hasRemains = hasRemains
        self.host = host
        executor = host.runtime.copyExecutor
        let (run, id) = (RunID(unchecked: key.run), TaskID(unchecked: key.task))
        logPath = workspace.log(run, id, attempt: Int(key.attempt))
        directory = workspace.artifacts(run, id, attempt: Int(key.attempt))
        limits = BoundedLog.Limits(limit: task.logLimits.limit, head: task.logLimits.head)
        isDigesting = task.wantsLogDigest
    }

    /// Copies what the log has grown by, as much as one turn may.
    ///
    /// - Parameter wholly: whether this is the only turn, and may be as long as a log can be.
    /// - Returns: whether there may be more at once.
    /// - Throws: ``HostError``.
    func catchUp(wholly: Bool = false) async throws -> Bool {
        await enter()
        defer { leave() }
        guard finished == nil else { return false }
        return try await readOn(parts: wholly ? partLimit : Self.livelyParts)
    }

    /// Copies the rest of the log of an attempt that is over.
    ///
    /// Where the host has let go of parts that are here, or the other way round, all is copied anew: then both hold the
    /// same bytes.
    ///
    /// - Throws: ``HostError`` where the host could not be asked; to be repeated.
    func complete(_ report: AttemptReport) async throws -> Log {
        await enter()
        defer { leave() }
        if let finished { return finished }
        let total = min(report.logBytes, UInt64(Int64.max))
        var log = Log()
        for _ in 0..<2 {
            _ = try await readOn(parts: partLimit, upTo: total)
            if writer == nil { begin() }
            // What the host has not is not here either.
            writer?.skip(to: total)
            log = finish()
            log.fault = fault(of: log, report)
            if log.fault == nil { break }
        }
        log.fault = log.fault ?? syncFault()
        finished = log
        return log
    }

    /// Puts what was copied on the disk, as the host soon lets go of its own; says why that could not be.
    private func syncFault() -> String? {
        do throws(LedgerError) {
            try CopySync.sync(BoundedLog.files(logPath))
            return nil
        } catch {
            return "the copy of its log may not be on the disk: \(error.message)"
        }
    }

    /// So many parts hold all that a log may keep, with as many gaps between them.
    private var partLimit: Int { Int(limits.limit / UInt64(Self.chunk)) * 2 + 256 }

    private func fault(of log: Log, _ report: AttemptReport) -> String? {
        guard log.total == report.logBytes, log.dropped == report.logDropped else {
            let kept = (log.total - log.dropped, report.logBytes - min(report.logBytes, report.logDropped))
            return "\(kept.0) bytes of its log are here, and the host kept \(kept.1)"
        }
        guard let digest = report.logDigest, isDigesting, digest != log.digest else { return nil }
        return "the copy of its log has not the digest that the host told"
    }

    /// Reads on from where the copy ends.
    ///
    /// - Returns: whether the parts that were allowed are used up.
    private func readOn(parts: Int, upTo total: UInt64? = nil) async throws -> Bool {
        for _ in 0..<parts {
            let offset = writer?.total ?? 0
            if let total, offset >= total { return false }
            let key = key
            let part = try await host.ask { try await $0.log(of: key, offset: offset, limit: Self.chunk) }.get()
            guard part.offset == offset, part.bytes.count <= Int(Self.chunk) else {
                throw malformed("a part of its log")
            }
            // What is here already goes only when the host has begun to give it again.
            if writer == nil { begin() }
            if !part.bytes.isEmpty {
                let room = total.map { Int(clamping: $0 - offset) } ?? .max
                part.bytes.withUnsafeBytes { writer?.append(UnsafeRawBufferPointer(rebasing: $0.prefix(room))) }
            } else if part.gapEnd > offset {
                guard part.gapEnd <= UInt64(Int64.max) else { throw malformed("a gap of its log") }
                writer?.skip(to: min(part.gapEnd, total ?? .max))
            } else {
                return false
            }
        }
        return true
    }

    private func malformed(_ what: String) -> HostError {
        HostError(.inputOutput, "\(host.name): \(what) is not what was asked for")
    }

    private func begin() {
        if hasRemains { BoundedLog.remove(logPath) }
        hasRemains = true
        writer = BoundedLogWriter(path: logPath, limits: limits, digesting: isDigesting)
    }

    private func finish() -> Log {
        guard let writer = writer.take() else { return Log() }
        let summary = writer.finish()
        return Log(total: summary.total, dropped: summary.dropped, digest: summary.digest)
    }

    // MARK: - One at a time

    private func enter() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        if waiting.isEmpty {
            isBusy = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}

extension TaskSpec {
    /// What its log may hold, and how much of its beginning is kept.
    var logLimits: (limit: UInt64, head: UInt64) {
        (UInt64(logLimitBytes), UInt64(max(1, min(1 << 20, logLimitBytes / 8))))
    }

    /// Whether the log is one of its artifacts, and its receipt names its digest.
    var wantsLogDigest: Bool { expectedArtifacts.contains { $0.kind == ExpectedArtifact.log.kind && $0.path == nil } }
}
