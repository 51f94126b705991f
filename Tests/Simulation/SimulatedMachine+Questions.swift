import FleetHost
import FleetWire

/// What it is asked.
extension SimulatedMachine {
    func start(_ request: StartRequest, _ reply: @escaping (Result<AttemptReport, HostError>) -> Void) {
        let key = request.key
        if let known = attempts[key] { return reply(.success(known.report)) }
        if attempts.keys.contains(where: { $0.run == key.run && $0.task == key.task && $0.attempt == key.attempt }) {
            return reply(.failure(HostError(.conflict, "\(name): the number is taken")))
        }
        let task = key.run + "/" + key.task
        guard key.attempt > marks[task] ?? 0 else {
            return reply(.failure(HostError(.refused, "\(name): \(key.task) \(key.attempt) was given up")))
        }
        // What is at fault with it is so however often it arrives.
        let program = drawn[key] ?? draw(key)
        drawn[key] = program
        if let refusal = program.refusal { return reply(.failure(refusal)) }
        marks[task] = max(marks[task] ?? 0, key.attempt - 1)
        var report = AttemptReport(key: key, state: .running)
        lastPid += 1
        report.pid = lastPid
        report.startedAt = clock
        report.revision = 1
        let worker = request.environment.first { $0.name == "CODEWHALE_WORKER_ID" }?.value ?? ""
        attempts[key] = Attempt(report: report, worker: worker, program: program)
        referee.noteStart(key, worker: worker, on: self)
        let limit = request.timeout > 0 ? Int64(clamping: request.timeout) : .max
        if limit < program.duration {
            stage.after(limit) { self.end(key, .signal(15), .timeout) }
        } else {
            stage.after(program.duration) { self.end(key, program.exit, .itself) }
        }
        renew()
        if request.lossLimit > 0 { watch(key, limit: Int64(clamping: request.lossLimit)) }
        push(report)
        reply(.success(report))
    }

    /// A manager says that it is there.
    func renew() { renewedAt = stage.time }

    /// Ends an attempt when no manager was heard of for so many milliseconds.
    private func watch(_ key: AttemptKey, limit: Int64) {
        stage.after(max(1, renewedAt + limit - stage.time)) { [self] in
            guard let attempt = attempts[key], attempt.report.state == .running, !attempt.program.isStubborn else {
                return
            }
            guard stage.time - renewedAt >= limit else { return watch(key, limit: limit) }
            referee.noteManagerLoss(key, limit: limit)
            end(key, .signal(15), .managerLoss)
        }
    }

    /// An attempt's program ends.
    private func end(_ key: AttemptKey, _ exit: AttemptExit, _ cause: EndCause) {
        guard attempts[key]?.report.state == .running else { return }
        attempts[key]?.report.state = .exited
        attempts[key]?.report.exit = exit
        attempts[key]?.report.cause = cause
        attempts[key]?.report.finishedAt = clock
        attempts[key]?.report.revision += 1
        guard let report = attempts[key]?.report else { return }
        referee.noteEnd(report)
        push(report)
    }

    func status(of keys: [AttemptKey]) -> [AttemptReport] {
        guard !keys.isEmpty else { return attempts.keys.sorted().compactMap { attempts[$0]?.report } }
        return keys.map { attempts[$0]?.report ?? AttemptReport(key: $0, state: .unknown) }
    }

    func end(_ key: AttemptKey, _ mode: EndMode, _ reply: @escaping (Result<EndReply, HostError>) -> Void) {
        guard let attempt = attempts[key] else {
            return reply(.success(EndReply(outcome: .unknown, report: AttemptReport(key: key, state: .unknown))))
        }
        guard attempt.report.state == .running else {
            return reply(.success(EndReply(outcome: .alreadyExited, report: attempt.report)))
        }
        stage.after(dice.delay(5, 12_000)) { [self] in
            guard let attempt = attempts[key] else {
                return reply(.success(EndReply(outcome: .unknown, report: AttemptReport(key: key, state: .unknown))))
            }
            guard attempt.report.state == .running else {
                return reply(.success(EndReply(outcome: .alreadyExited, report: attempt.report)))
            }
            if attempt.program.isStubborn {
                var report = attempt.report
                report.survivors = [report.pid]
                return reply(.success(EndReply(outcome: .survivors, report: report)))
            }
            end(key, .signal(mode == .interrupt ? 2 : 15), mode == .interrupt ? .interrupt : .stop)
            guard let report = attempts[key]?.report else { return }
            reply(.success(EndReply(outcome: .stopped, report: report)))
        }
    }

    func claim(_ key: AttemptKey) -> [AttemptReport] {
        // A start that was still under way may arrive just before it.
        if dice.chance(40) { for place in late.keys.sorted() { late.removeValue(forKey: place)?() } }
        let task = key.run + "/" + key.task
        marks[task] = max(marks[task] ?? 0, key.attempt)
        return status(of: [key])
    }

    func cleanup(_ keys: [AttemptKey]) -> Result<Void, HostError> {
        var isRunning = false
        for key in keys {
            guard let attempt = attempts[key] else { continue }
            guard attempt.report.state != .running else {
                isRunning = true
                continue
            }
            referee.noteRemoval(key)
            attempts[key] = nil
            let task = key.run + "/" + key.task
            marks[task] = max(marks[task] ?? 0, key.attempt)
        }
        return isRunning ? .failure(HostError(.running, "\(name): it still runs")) : .success(())
    }
}
