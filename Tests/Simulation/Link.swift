import FleetHost
import FleetWire

/// A connection of one process to a machine: packets arrive in the order in which they left, later or never.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class Link: @unchecked Sendable {
    private let machine: SimulatedMachine
    private let process: SimulatedProcess
    private let onNotice: @Sendable (HostNotice) -> Void
    private(set) var isOpen = true
    /// Whether what was under way when it was lost still arrives.
    private var mayDeliver = false
    let openedAt: Int64
    /// Which life of the machine it leads to.
    private let boot: Int
    private var lastArrival: Int64 = 0
    private var lastReturn: Int64 = 0
    private var waiting: [Int: (HostError) -> Void] = [:]
    private var callCount = 0

    init(_ machine: SimulatedMachine, _ process: SimulatedProcess, onNotice: @escaping @Sendable (HostNotice) -> Void) {
        self.machine = machine
        self.process = process
        self.onNotice = onNotice
        openedAt = machine.stage.time
        boot = machine.boots
        machine.add(self)
    }

    private var stage: Stage { machine.stage }

    var processID: Int { process.isAlive ? process.id : 0 }

    /// Asks the machine something.
    ///
    /// - Parameters:
    ///   - isRepeated: whether it arrives twice.
    ///   - answer: is called once, with what the machine says, or that the link was lost.
    ///   - question: is carried out on the machine, and replies there.
    func ask<Success: Sendable>(
        isRepeated: Bool,
        _ answer: @escaping (Result<Success, HostError>) -> Void,
        _ question: @escaping (@escaping (Result<Success, HostError>) -> Void) -> Void
    ) {
        callCount += 1
        let call = callCount
        waiting[call] = { answer(.failure($0)) }
        deliver(after: machine.latency()) { [self] in
            question { result in
                self.bring { [self] in
                    guard waiting.removeValue(forKey: call) != nil else { return }
                    machine.referee.noteHeard(result, by: process)
                    answer(result)
                }
            }
        }
        if machine.dice.chance(machine.flakiness) {
            let mayDeliver = machine.dice.chance(60)
            stage.after(machine.dice.between(0, 60)) { [self] in cut(mayDeliver: mayDeliver) }
        }
        // What arrives twice does so beside the rest, and keeps nothing waiting.
        if isRepeated { machine.postpone { [self] in arrive(isLate: true) { question { _ in } } } }
    }

    /// Tells of attempts unasked.
    func push(_ reports: [AttemptReport]) {
        bring { [self] in
            machine.referee.noteHeard(reports, by: process)
            onNotice(.changed(reports))
        }
    }

    private func deliver(after delay: Int64, _ body: @escaping () -> Void) {
        lastArrival = max(lastArrival, stage.time + delay)
        stage.after(lastArrival - stage.time) { [self] in arrive(body) }
    }

    private func arrive(isLate: Bool = false, _ body: @escaping () -> Void) {
        guard isOpen || mayDeliver, boot == machine.boots else { return }
        // What is left of a lost link waits in some buffer.
        if !isOpen, !isLate {
            return machine.postpone { [self] in arrive(isLate: true, body) }
        }
        if machine.isSilent {
            stage.after(machine.silentUntil - stage.time) { [self] in arrive(isLate: isLate, body) }
        } else if stage.time >= machine.refusesUntil || isOpen {
            body()
        }
    }

    private func bring(_ body: @escaping () -> Void) {
        lastReturn = max(lastReturn, stage.time + machine.latency())
        stage.after(lastReturn - stage.time) { [self] in come(body) }
    }

    private func come(_ body: @escaping () -> Void) {
        guard isOpen, process.isAlive else { return }
        if machine.isSilent {
            stage.after(machine.silentUntil - stage.time) { [self] in come(body) }
        } else {
            body()
        }
    }

    /// It is lost: who waits is told.
    ///
    /// - Parameter mayDeliver: whether what is under way to the machine still arrives there.
    func cut(mayDeliver: Bool) {
        guard isOpen else { return }
        close(mayDeliver: mayDeliver)
        if process.isAlive { onNotice(.disconnected(Self.lost(machine))) }
    }

    /// It is left.
    func close(mayDeliver: Bool) {
        guard isOpen else { return }
        isOpen = false
        self.mayDeliver = mayDeliver
        machine.remove(self)
        let calls = waiting.sorted { $0.key < $1.key }
        waiting = [:]
        for (_, fail) in calls { fail(Self.lost(machine)) }
    }

    static func lost(_ machine: SimulatedMachine) -> HostError {
        HostError(.transport, "\(machine.name): the control channel was lost")
    }
}
