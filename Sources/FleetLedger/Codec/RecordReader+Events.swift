import FleetCore

extension RecordReader {
    /// The event of the members read last; nil for a type that is not known.
    func event(_ type: Slice) throws(MalformedRecord) -> Event? {
        if type.equals("attempt_finished") { return .attemptFinished(try attemptFinished()) }
        if type.equals("attempt_started") { return .attemptStarted(try attemptStarted()) }
        if type.equals("task_leased") { return .taskLeased(try taskLeased()) }
        if type.equals("task_enqueued") {
            return .taskEnqueued(Event.TaskEnqueued(run: try run(), task: try fields.id("task_id")))
        }
        if type.equals("run_created") { return .runCreated(try runCreated()) }
        if type.equals("manager_started") { return .managerStarted(try managerStarted()) }
        if type.equals("task_cancelled") { return .taskCancelled(try taskCancelled()) }
        if type.equals("task_requeued") { return .taskRequeued(try taskRequeued()) }
        if type.equals("end_requested") { return .endRequested(try endRequested()) }
        if type.equals("end_confirmed") { return .endConfirmed(try endConfirmed()) }
        if type.equals("run_finished") { return .runFinished(try runFinished()) }
        if type.equals("run_reopened") { return .runReopened(Event.RunReopened(run: try run())) }
        return nil
    }

    private func runCreated() throws(MalformedRecord) -> Event.RunCreated {
        var event = Event.RunCreated(
            run: try run(),
            name: try fields.text("name"),
            labels: try fields.texts("labels"),
            specDigest: try fields.text("spec_digest"),
            taskCount: Int(try fields.integer("task_count")),
            maxWorkers: try fields.optionalInteger("max_workers").map(Int.init),
            failFast: fields.flag("fail_fast")
        )
        try fields.forEach(of: "workers") { value throws(MalformedRecord) in
            try event.workers.append(self.worker(value))
        }
        return event
    }

    private func managerStarted() throws(MalformedRecord) -> Event.ManagerStarted {
        var event = Event.ManagerStarted(run: try run(), pid: Int(try fields.integer("pid")))
        if try fields.slice("spec_digest") != nil { event.created = try runCreated() }
        return event
    }

    /// The definition of a worker; leaves its members in ``nested``.
    func worker(_ value: Slice) throws(MalformedRecord) -> WorkerSummary {
        guard let content = value.content, nested.read(content) else { throw MalformedRecord(what: "workers") }
        return WorkerSummary(
            id: try nested.id("id"),
            host: try nested.text("host"),
            slots: Int(try nested.integer("slots")),
            digest: try nested.text("digest")
        )
    }

    private func taskLeased() throws(MalformedRecord) -> Event.TaskLeased {
        Event.TaskLeased(
            run: try run(),
            task: try fields.id("task_id"),
            attempt: try attempt(),
            worker: try fields.id("worker_id"),
            nonce: try fields.text("nonce"),
            hostBoot: try fields.optionalText("host_boot")
        )
    }

    private func attempt() throws(MalformedRecord) -> Int {
        let number = try fields.integer("attempt")
        guard (1...Int64(Int32.max)).contains(number) else { throw MalformedRecord(what: "attempt") }
        return Int(number)
    }

    private func attemptStarted() throws(MalformedRecord) -> Event.AttemptStarted {
        Event.AttemptStarted(
            run: try run(),
            task: try fields.id("task_id"),
            attempt: try attempt(),
            worker: try fields.id("worker_id"),
            pid: Int(try fields.integer("pid")),
            startedAt: try fields.time("started_at")
        )
    }

    private func attemptFinished() throws(MalformedRecord) -> Event.AttemptFinished {
        Event.AttemptFinished(
            run: try run(),
            task: try fields.id("task_id"),
            attempt: try attempt(),
            worker: try fields.id("worker_id"),
            outcome: try fields.choice("outcome"),
            exit: try exit(),
            failure: try failure(),
            usage: try usage(),
            log: try log(),
            artifacts: try artifacts(),
            startedAt: try fields.optionalTime("started_at"),
            finishedAt: try fields.optionalTime("finished_at"),
            leftBehind: Int(try fields.optionalInteger("left_behind") ?? 0),
            retryAt: try fields.optionalTime("retry_at"),
            isTry: !fields.flag("no_try")
        )
    }

    private func exit() throws(MalformedRecord) -> ExitStatus? {
        guard try enter("exit") else { return nil }
        if let code = try nested.optionalInteger("code") { return .code(Int(code)) }
        return .signal(Int(try nested.integer("signal")))
    }

    private func failure() throws(MalformedRecord) -> Failure? {
        guard try enter("failure") else { return nil }
        return Failure(class: try nested.choice("class"), message: try nested.text("message"))
    }

    private func usage() throws(MalformedRecord) -> Usage? {
        guard try enter("usage") else { return nil }
        return Usage(
            userSeconds: try nested.number("user_seconds"),
            systemSeconds: try nested.number("system_seconds"),
            peakMemoryBytes: try nested.integer("peak_memory_bytes")
        )
    }

    private func log() throws(MalformedRecord) -> LogSummary? {
        guard try enter("log") else { return nil }
        return LogSummary(
            bytes: try nested.integer("bytes"),
            dropped: try nested.integer("dropped"),
            sha256: try nested.optionalText("sha256")
        )
    }

    private func artifacts() throws(MalformedRecord) -> [ArtifactRecord] {
        var artifacts: [ArtifactRecord] = []
        try fields.forEach(of: "artifacts") { value throws(MalformedRecord) in
            guard let content = value.content, nested.read(content) else { throw MalformedRecord(what: "artifacts") }
            artifacts.append(
                ArtifactRecord(
                    kind: try nested.text("kind"),
                    path: try nested.optionalText("path"),
                    bytes: try nested.integer("bytes"),
                    sha256: try nested.text("sha256")
                )
            )
        }
        return artifacts
    }

    private func taskCancelled() throws(MalformedRecord) -> Event.TaskCancelled {
        let run = try run()
        let task = try fields.id("task_id", as: TaskID.self)
        let failureClass = try fields.choice("class", as: FailureClass.self)
        return Event.TaskCancelled(run: run, task: task, reason: try fields.text("reason"), class: failureClass)
    }

    private func taskRequeued() throws(MalformedRecord) -> Event.TaskRequeued {
        Event.TaskRequeued(run: try run(), task: try fields.id("task_id"), reason: try fields.text("reason"))
    }

    private func endRequested() throws(MalformedRecord) -> Event.EndRequested {
        let run = try run()
        let scope: EndScope
        switch try fields.text("scope") {
        case "run": scope = .run
        case "worker": scope = .worker(try fields.id("worker_id"))
        case "task": scope = .task(try fields.id("task_id"))
        default: throw MalformedRecord(what: "scope")
        }
        return Event.EndRequested(
            run: run,
            scope: scope,
            mode: try fields.choice("mode"),
            requestID: try fields.text("request_id")
        )
    }

    private func endConfirmed() throws(MalformedRecord) -> Event.EndConfirmed {
        var event = Event.EndConfirmed(
            run: try run(),
            task: try fields.id("task_id"),
            attempt: try attempt(),
            requestID: try fields.optionalText("request_id"),
            result: try fields.choice("result")
        )
        var survivors: [Int] = []
        try fields.forEach(of: "survivors") { value throws(MalformedRecord) in
            guard let pid = value.integer else { throw MalformedRecord(what: "survivors") }
            survivors.append(Int(pid))
        }
        event.set(survivors: survivors, of: Int(try fields.optionalInteger("survivor_count") ?? 0))
        event.exit = try exit()
        return event
    }

    private func runFinished() throws(MalformedRecord) -> Event.RunFinished {
        let run = try run()
        let status = try fields.choice("status", as: RunStatus.self)
        guard try enter("tasks") else { throw MalformedRecord(what: "tasks") }
        let tally = Tally(
            total: Int(try nested.integer("total")),
            passed: Int(try nested.integer("passed")),
            failed: Int(try nested.integer("failed")),
            cancelled: Int(try nested.integer("cancelled")),
            interrupted: Int(try nested.integer("interrupted"))
        )
        return Event.RunFinished(run: run, status: status, tasks: tally, seconds: try fields.number("seconds"))
    }

    /// Reads the members of an object into ``nested``; false where there is no such object.
    private func enter(_ name: StaticString) throws(MalformedRecord) -> Bool {
        guard let content = try fields.object(name) else { return false }
        guard nested.read(content) else { throw MalformedRecord(what: "\(name)") }
        return true
    }
}
