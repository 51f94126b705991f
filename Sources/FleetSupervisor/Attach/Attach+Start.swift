import CFleetSupervisor
import FleetWire

/// An attempt whose shim was forked here.
struct OwnAttempt {
    /// What the record says of the start.
    let start: RecordStart
    /// The run's directory.
    let run: RunDirectory
    /// The shim.
    let shim: pid_t
    /// What is known of it.
    var report: AttemptReport
    /// Requests that wait for the program to be started.
    var waiting: [UInt32]
    /// Whether the program is not known to run yet.
    var isStarting = true
}

extension Attach {
    /// Starts an attempt, once; the answer comes when its program runs, or could not be started.
    func start(_ request: StartRequest, id: UInt32) throws(WireFailure) {
        let key = request.key
        try check(request)
        if let number = numbers[key], let own = attempts[number] {
            if own.isStarting {
                attempts[number]?.waiting.append(id)
            } else {
                reply(.reports(Reports([try report(of: key)])), to: id)
            }
            return
        }
        // Who starts something drives it; where that cannot be written, the start itself counts.
        if request.leaseValidity > 0 { try? renew(LeaseRequest(validity: request.leaseValidity)) }
        guard let run = try state.run(key.run, create: true) else { throw unknownAttempt(key) }
        watcher.watch(run: run.id, path: run.path)
        try run.marks.lock()
        defer { run.marks.unlock() }
        if let known = try startedBefore(key, in: run) {
            reply(.reports(Reports([known])), to: id)
            return
        }
        guard key.attempt > run.marks.mark(of: key.task) else {
            throw WireFailure(
                .refused,
                "Attempt \(key.attempt) of task \(key.task) was given up, or is over, and is never started again.",
                usedNumber: run.marks.mark(of: key.task)
            )
        }
        let start = try recordStart(request, in: run)
        do throws(SystemFault) {
            // From here on no earlier attempt of the task begins, however late its start arrives.
            if key.attempt > 1 { try run.marks.raise([(key.task, key.attempt - 1)], durable: false) }
            try fork(request, start, in: run, id: id)
        } catch {
            throw StateDirectory.failure("\(run.path)/\(key.recordName)", error)
        }
    }

    private func check(_ request: StartRequest) throws(WireFailure) {
        try Identifier.check(request.key)
        guard let program = request.arguments.first, !program.isEmpty else {
            throw WireFailure(.badRequest, "The start names no program.")
        }
        let texts = request.arguments + request.environment.flatMap { [$0.name, $0.value] }
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw WireFailure(.badRequest, "An argument or variable has a NUL byte.")
        }
        guard !request.environment.contains(where: { $0.name.isEmpty || $0.name.utf8.contains(UInt8(ascii: "=")) })
        else { throw WireFailure(.badRequest, "A variable has no valid name.") }
        for path in [request.logPath, request.artifactsDirectory] {
            guard path?.hasPrefix("/") ?? true else {
                throw WireFailure(.badRequest, "The places of log and artifacts must be absolute.")
            }
        }
    }

    /// What became of an earlier start of the key; nothing where there was none.
    private func startedBefore(_ key: AttemptKey, in run: RunDirectory) throws(WireFailure) -> AttemptReport? {
        guard let record = try run.record(key) else { return nil }
        if let start = record.read(.start, as: RecordStart.self) {
            guard start.key == key else {
                throw WireFailure(
                    .conflict,
                    "Attempt \(key.attempt) of task \(key.task) was started with another key than this one.",
                    usedNumber: max(key.attempt, run.marks.mark(of: key.task))
                )
            }
            return try report(of: key, in: run, anyNonce: false)
        }
        // Who makes a record holds the lock that is held here: that one died before it had written anything.
        _ = unlinkat(run.descriptor, key.recordName, 0)
        return nil
    }

    private func recordStart(_ request: StartRequest, in run: RunDirectory) throws(WireFailure) -> RecordStart {
        var start = RecordStart(key: request.key)
        start.requestedAt = Clock.wall
        start.workingDirectory = try environment.expand(request.workingDirectory)
        start.logPath = request.logPath ?? run.logPath(request.key)
        start.logLimit = request.logLimit
        start.logHead = request.logHead
        start.artifactsDirectory = request.artifactsDirectory ?? run.artifactsPath(request.key)
        start.ownsFiles = request.logPath == nil && request.artifactsDirectory == nil
        return start
    }

    private func fork(
        _ request: StartRequest,
        _ start: RecordStart,
        in run: RunDirectory,
        id: UInt32
    ) throws(SystemFault) {
        let key = request.key
        let record = try AttemptRecordFile.create(key.recordName, in: run.descriptor, start: start)
        let order = ShimOrder(
            request: request,
            start: start,
            number: nextNumber(),
            record: record.number,
            directory: run.descriptor,
            pipe: messagePipe,
            null: null,
            host: host,
            environment: environment,
            forkedAt: Clock.bootTicks
        )
        let child = cfleet_fork()
        if child == 0 { Shim.run(order) }
        guard child > 0 else {
            let fault = SystemFault.current
            _ = unlinkat(run.descriptor, key.recordName, 0)
            throw fault
        }
        var report = AttemptReport(key: key, state: .running)
        report.revision = Revision.starting
        attempts[order.number] = OwnAttempt(start: start, run: run, shim: child, report: report, waiting: [id])
        numbers[key] = order.number
    }
}
