import FleetCore
import FleetHost
import FleetLedger
import FleetWire

/// Ends against the truth.
extension Referee {
    func judge(_ event: Event, record: LedgerRecord) {
        switch event {
        case .attemptStarted(let event):
            guard let key = model.key(event.run, event.task, event.attempt) else { break }
            if truths[key] == nil { breach("\(event.task) \(event.attempt) is said to run, and never began") }
        case .attemptFinished(let event): judge(event)
        case .endConfirmed(let event):
            guard event.result == .stopped || event.result == .alreadyExited,
                let key = model.key(event.run, event.task, event.attempt)
            else { break }
            let name = "\(event.task) \(event.attempt)"
            switch (truths[key]?.state, event.result) {
            case (.running, _): breach("the end of \(name) was confirmed as \(event.result), and it runs")
            case (nil, .stopped), (.vanished, .stopped): breach("\(name) was said to be stopped, and nobody knows it")
            default: break
            }
        default: break
        }
    }

    func judge(_ event: Event.AttemptFinished) {
        guard let key = model.key(event.run, event.task, event.attempt) else { return }
        let name = "\(event.task) \(event.attempt)"
        switch (truths[key]?.state, event.failure?.class) {
        case (.running, .lost):
            guard let run = model.runs[event.run] else { return }
            let silence = silence(of: key, for: run.manager)
            let limit = plan.lostAfter
            if event.failure?.message.hasPrefix("nothing was heard") ?? false {
                if silence < limit { breach("\(name) was given up after \(silence) s of silence, not \(limit)") }
            } else if event.failure?.message.contains("could not be ended") != true {
                breach("\(name) is said to be lost, and runs: \(event.failure?.message ?? "")")
            }
        case (.running, _): breach("\(name) is said to have ended \(event.outcome), and runs")
        case (.exited(let report), .lost) where report.cause == .managerLoss && event.exit != nil:
            judge(event, report, name)
        case (.exited(let report), .lost):
            let silence = silence(of: key, for: model.runs[event.run]?.manager ?? 0)
            if silence < plan.lostAfter { breach("the result of \(name) is there (\(report.state)), and was given up") }
        case (.exited(let report), _): judge(event, report, name)
        case (.lost, .lost), (.lost, .interrupted), (.lost, .cancelled): break
        // Neither the machine nor the ledger was left with a word of it: it is not said never to have begun.
        case (.vanished, .lost), (.vanished, .interrupted), (.vanished, .cancelled): break
        case (.vanished, .transport) where model.hasDamage: break
        case (.vanished, _): breach("\(name) vanished on its machine, and is said to have ended \(event.outcome)")
        case (.lost, _): breach("\(name) was lost on its machine, and is said to have ended \(event.outcome)")
        case (nil, _):
            if event.exit != nil || event.outcome == .passed { breach("\(name) never began, and has a result") }
        }
    }

    func judge(_ event: Event.AttemptFinished, _ report: AttemptReport, _ name: String) {
        let (outcome, failure): (Outcome, FailureClass?) =
            switch (report.cause, report.exit) {
            case (.interrupt, _): (.interrupted, .interrupted)
            case (.stop, _): (.cancelled, .cancelled)
            case (.timeout, _): (.failed, .timeout)
            case (.managerLoss, _): (.failed, .lost)
            case (.itself, .code(0)): (.passed, nil)
            case (.itself, _): (.failed, .task)
            }
        guard event.outcome == outcome, event.failure?.class == failure else {
            let said = event.failure.map { " (\($0.class.rawValue))" } ?? ""
            return breach("\(name) ended \(outcome), and is said to have ended \(event.outcome)\(said)")
        }
        switch (report.exit, event.exit) {
        case (.code(let code), .code(let said)) where Int(code) == said: break
        case (.signal(let signal), .signal(let said)) where Int(signal) == said: break
        default: breach("\(name) exited with \(String(describing: report.exit)), not \(String(describing: event.exit))")
        }
    }

    static func words(_ event: Event) -> String {
        let text = "\(event)"
        return text.count < 400 ? text : String(text.prefix(400))
    }
}
