import FleetWire

extension AttemptKey {
    static func sample(_ task: String = "t", attempt: UInt32 = 1) -> AttemptKey {
        AttemptKey(run: "r", task: task, attempt: attempt, nonce: "n")
    }
}

extension AttemptReport {
    static func sample(_ task: String = "t", _ state: AttemptState = .running) -> AttemptReport {
        AttemptReport(key: .sample(task), state: state)
    }
}
