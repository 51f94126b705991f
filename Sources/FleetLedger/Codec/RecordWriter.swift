package import FleetCore

/// Writes records as lines: `{"v":1,"seq":…,"time":…,"type":…, …,"crc":"…"}` and a newline.
///
/// The checksum is the CRC-32C of all bytes before `,"crc"`, in eight hexadecimal digits.
package struct RecordWriter {
    /// The version of the form that this code writes, and the newest that it reads.
    package static let version: Int64 = 1
    /// How many bytes a line may have, with its newline.
    package static let maximumLength = 32 << 20

    private var writer = JSONLineWriter()
    /// The checksum of the record written last.
    private(set) var checksum: UInt32 = 0

    /// An empty writer.
    package init() {}

    /// The lines written so far.
    package var bytes: [UInt8] { writer.bytes }

    /// A record as its line, with the newline; for an event kept as unknown, its line as it was.
    package static func line(_ record: LedgerRecord) -> [UInt8] {
        var writer = RecordWriter()
        writer.append(record)
        return writer.bytes
    }

    /// Forgets the lines, and keeps the room.
    package mutating func removeAll() { writer.removeAll() }

    /// Appends lines as they are.
    mutating func append(lines: [UInt8]) { writer.raw(lines) }

    /// Appends a record's line, and returns its length.
    @discardableResult
    package mutating func append(_ record: LedgerRecord) -> Int {
        let start = writer.bytes.count
        if case .unknown(let event) = record.event {
            writer.raw(event.line)
            writer.raw("\n")
        } else {
            begin(record.event.type, seq: record.seq, time: record.time)
            writer.fields(of: record.event)
            checksum = writer.seal(from: start)
        }
        return writer.bytes.count - start
    }

    /// Appends a line of another type than the events', for the snapshot.
    mutating func append(_ type: String, seq: Int64, time: Timestamp, _ fields: (inout JSONLineWriter) -> Void) {
        let start = writer.bytes.count
        begin(type, seq: seq, time: time)
        fields(&writer)
        writer.seal(from: start)
    }

    private mutating func begin(_ type: String, seq: Int64, time: Timestamp) {
        writer.raw("{")
        writer.member("v", Self.version)
        writer.member("seq", seq)
        writer.member("time", time)
        writer.member("type", type)
    }
}

extension JSONLineWriter {
    fileprivate mutating func fields(of event: Event) {
        if let run = event.run { member("run_id", run) }
        switch event {
        case .runCreated(let event): fields(of: event)
        case .taskEnqueued(let event): member("task_id", event.task)
        case .managerStarted(let event):
            member("pid", event.pid)
            if let created = event.created { fields(of: created) }
        case .taskLeased(let event):
            attempt(event.task, event.attempt, event.worker)
            member("nonce", event.nonce)
            if let boot = event.hostBoot { member("host_boot", boot) }
        case .attemptStarted(let event):
            attempt(event.task, event.attempt, event.worker)
            member("pid", event.pid)
            member("started_at", event.startedAt)
        case .attemptFinished(let event): fields(of: event)
        case .taskCancelled(let event):
            member("task_id", event.task)
            member("class", event.class.rawValue)
            member("reason", event.reason)
        case .taskRequeued(let event):
            member("task_id", event.task)
            member("reason", event.reason)
        case .endRequested(let event): fields(of: event)
        case .endConfirmed(let event): fields(of: event)
        case .runFinished(let event):
            member("status", event.status.rawValue)
            member("tasks") { $0.fields(of: event.tasks) }
            member("seconds", event.seconds)
        case .runReopened, .unknown: break
        }
    }

    private mutating func attempt(_ task: TaskID, _ attempt: Int, _ worker: WorkerID) {
        member("task_id", task)
        member("attempt", attempt)
        member("worker_id", worker)
    }

    private mutating func fields(of event: Event.RunCreated) {
        member("name", event.name)
        member("labels", event.labels)
        member("spec_digest", event.specDigest)
        member("task_count", event.taskCount)
        if let maxWorkers = event.maxWorkers { member("max_workers", maxWorkers) }
        member("workers", event.workers) { writer, worker in writer.object { $0.fields(of: worker) } }
        if event.failFast { member("fail_fast", true) }
    }

    private mutating func fields(of event: Event.AttemptFinished) {
        attempt(event.task, event.attempt, event.worker)
        member("outcome", event.outcome.rawValue)
        if let exit = event.exit { member("exit") { $0.fields(of: exit) } }
        if let failure = event.failure { member("failure") { $0.fields(of: failure) } }
        if let usage = event.usage { member("usage") { $0.fields(of: usage) } }
        if let log = event.log { member("log") { $0.fields(of: log) } }
        if !event.artifacts.isEmpty {
            member("artifacts", event.artifacts) { writer, artifact in writer.object { $0.fields(of: artifact) } }
        }
        if let startedAt = event.startedAt { member("started_at", startedAt) }
        if let finishedAt = event.finishedAt { member("finished_at", finishedAt) }
        if event.leftBehind != 0 { member("left_behind", event.leftBehind) }
        if let retryAt = event.retryAt { member("retry_at", retryAt) }
        if !event.isTry { member("no_try", true) }
    }

    private mutating func fields(of event: Event.EndRequested) {
        switch event.scope {
        case .run: member("scope", "run")
        case .worker(let worker):
            member("scope", "worker")
            member("worker_id", worker)
        case .task(let task):
            member("scope", "task")
            member("task_id", task)
        }
        member("mode", event.mode.rawValue)
        member("request_id", event.requestID)
    }

    private mutating func fields(of event: Event.EndConfirmed) {
        member("task_id", event.task)
        member("attempt", event.attempt)
        if let request = event.requestID { member("request_id", request) }
        member("result", event.result.rawValue)
        if !event.survivors.isEmpty { member("survivors", event.survivors) { $0.value($1) } }
        if event.survivorCount > event.survivors.count { member("survivor_count", event.survivorCount) }
        if let exit = event.exit { member("exit") { $0.fields(of: exit) } }
    }
}

/// The parts of receipts, in the form that both the ledger and `--json` output have.
extension JSONLineWriter {
    /// `code` or `signal`.
    package mutating func fields(of exit: ExitStatus) {
        switch exit {
        case .code(let code): member("code", code)
        case .signal(let signal): member("signal", signal)
        }
    }

    /// `class` and `message`.
    package mutating func fields(of failure: Failure) {
        member("class", failure.class.rawValue)
        member("message", failure.message)
    }

    /// `user_seconds`, `system_seconds` and `peak_memory_bytes`.
    package mutating func fields(of usage: Usage) {
        member("user_seconds", usage.userSeconds)
        member("system_seconds", usage.systemSeconds)
        member("peak_memory_bytes", usage.peakMemoryBytes)
    }

    /// `bytes`, `dropped` and `sha256`.
    package mutating func fields(of log: LogSummary) {
        member("bytes", log.bytes)
        member("dropped", log.dropped)
        if let digest = log.sha256 { member("sha256", digest) }
    }

    /// `kind`, `path`, `bytes` and `sha256`.
    package mutating func fields(of artifact: ArtifactRecord) {
        member("kind", artifact.kind)
        if let path = artifact.path { member("path", path) }
        member("bytes", artifact.bytes)
        member("sha256", artifact.sha256)
    }

    /// `id`, `host`, `slots` and `digest`.
    package mutating func fields(of worker: WorkerSummary) {
        member("id", worker.id)
        member("host", worker.host)
        member("slots", worker.slots)
        member("digest", worker.digest)
    }

    /// `total`, `passed`, `failed`, `cancelled` and `interrupted`.
    package mutating func fields(of tally: Tally) {
        member("total", tally.total)
        member("passed", tally.passed)
        member("failed", tally.failed)
        member("cancelled", tally.cancelled)
        member("interrupted", tally.interrupted)
    }
}
