import FleetCore
import FleetHost
import FleetWire
import Testing

@testable import FleetManager

/// A run over several hosts: none waits for another.
@Suite(.timeLimit(.minutes(1))) struct ManyHostsTests {
    @Test func tasksAreSpreadOverTheHosts() async throws {
        let machines = ["a": FakeMachine(), "b": FakeMachine()]
        try await Fleet.with(machines) { fleet in
            let workers: [WorkerSpec] = [.remote("a", slots: 2), .remote("b", slots: 2), .sample("l")]
            let (end, _, _) = try await fleet.site.drive(.samples(30), workers: workers)
            #expect(end.status == .completed)
            for machine in machines.values {
                #expect(machine.starts.all.count > 0)
                #expect(machine.keys.isEmpty, "records are left")
            }
            #expect(fleet.health(of: "a")?.connects == 1)
            #expect(fleet.health(of: "a")?.contactAt != nil)
        }
    }

    @Test func workersOfOneHostShareItsChannel() async throws {
        let machine = FakeMachine()
        try await Fleet.with(["h": machine]) { fleet in
            let workers: [WorkerSpec] = [.remote("a", host: "h"), .remote("b", host: "h")]
            let (end, _, _) = try await fleet.site.drive(.samples(6), workers: workers)
            #expect(end.status == .completed)
            #expect(machine.calls.count { $0 == .connect } > 0)
            #expect(fleet.health.hosts.count == 1)
            #expect(fleet.health.workers.count == 2)
        }
    }

    @Test func aDeadHostHoldsNobodyUp() async throws {
        let dead = FakeMachine()
        dead.fail(with: FakeMachine.lost)
        try await Fleet.with(["dead": dead, "b": FakeMachine()]) { fleet in
            let (end, run, _) = try await fleet.site.drive(
                .samples(10),
                workers: [.remote("dead", slots: 4), .remote("b")]
            )
            #expect(end.status == .completed)
            #expect(run.tasks.allSatisfy { $0.attempts.count == 1 })
            #expect(dead.starts.all.isEmpty)
            #expect(fleet.health(of: "dead")?.lastFailure?.class == "transport")
        }
    }

    @Test func aSilentHostHoldsNobodyUp() async throws {
        let silent = FakeMachine()
        let gate = Gate()
        silent.beSilent(until: gate)
        try await Fleet.with(["silent": silent, "b": FakeMachine()]) { fleet in
            let (end, _, _) = try await fleet.site.drive(
                .samples(10),
                workers: [.remote("silent", slots: 4), .remote("b")]
            )
            #expect(end.status == .completed)
            #expect(silent.starts.all.isEmpty)
            gate.open()
        }
    }

    @Test func aHostThatIsFrozenIsNotTakenForOneThatAnswers() async throws {
        let frozen = FakeMachine { _ in .endless }
        let gate = Gate()
        try await Fleet.with(["h": frozen]) {
            $0.answerSeconds = 0.05
            $0.pollSeconds = 0.02
        } _: { fleet in
            let driving = fleet.site.begin(try await fleet.site.create(.samples(1), workers: [.remote("h")]))
            await driving.waitForRunning()
            frozen.beSilent(until: gate)
            frozen.disconnect()
            // It lets itself be connected to, and every contact counts against it all the same.
            while await driving.manager.hostStates[0].breaker.failures < 2, !Task.isCancelled { await Task.yield() }
            frozen.beSilent(until: nil)
            gate.open()
            frozen.finish("t0")
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func aHostThatDoesNotLetGoIsLeftAtTheEnd() async throws {
        let stuck = FakeMachine()
        let gate = Gate()
        stuck.holdClosing(until: gate)
        try await Fleet.with(["stuck": stuck]) {
            $0.closeSeconds = 0.05
        } _: { fleet in
            let (end, _, _) = try await fleet.site.drive(.samples(2), workers: [.remote("stuck")])
            #expect(end.status == .completed)
            gate.open()
            await stuck.waitForNoListener()
        }
    }

    @Test func aHostThatGoesAwayAndComesBackGoesOn() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Fleet.with(["h": machine]) { fleet in
            let driving = fleet.site.begin(try await fleet.site.create(.samples(2), workers: [.remote("h", slots: 2)]))
            await driving.waitForRunning(2)
            machine.fail(with: FakeMachine.lost)
            machine.disconnect()
            await machine.calls.wait { if case .status(let keys) = $0 { keys.count == 2 } else { false } }
            machine.finish("t0")
            machine.finish("t1")
            machine.fail(with: nil)
            #expect(try await driving.end.status == .completed)
            #expect(machine.starts.all.count == 2)
        }
    }

    @Test func aTaskWhoseStartWasNeverSentMovesOn() async throws {
        let first = FakeMachine { _ in .endless }
        let second = FakeMachine()
        try await Fleet.with(["a": first, "b": second]) { fleet in
            let before = TaskSpec.sample("before", requires: ["x"])
            let task = TaskSpec.sample("t", after: ["before"], retry: .atOnce(3, on: [.transport]))
            let driving = fleet.site.begin(
                try await fleet.site.create(
                    [before, task],
                    workers: [.remote("a", slots: 2, capabilities: ["x"]), .remote("b")]
                )
            )
            await driving.waitForRunning()
            first.fail(with: FakeMachine.lost)
            first.loseSilently()
            first.finish("before")
            #expect(try await driving.end.status == .completed)
            let attempts = try #require(try fleet.site.state(of: driving.run)["t"]?.attempts)
            #expect(attempts.map(\.worker.rawValue) == ["a", "b"])
            #expect(attempts.first?.failure?.class == .transport)
            #expect(!first.starts.all.contains { $0.key.task == "t" })
        }
    }

    @Test func aHostsWordOfAnothersAttemptIsNothing() async throws {
        let honest = FakeMachine { _ in .endless }
        let liar = FakeMachine { _ in .endless }
        try await Fleet.with(["h": honest, "l": liar]) { fleet in
            let driving = fleet.site.begin(
                try await fleet.site.create(.samples(2), workers: [.remote("h"), .remote("l")])
            )
            await driving.waitForRunning(2)
            let key = try #require(honest.keys.first)
            var report = AttemptReport(key: key, state: .exited)
            report.exit = .code(9)
            liar.notify(.changed([report]))
            for task in ["t0", "t1"] {
                honest.finish(task)
                liar.finish(task)
            }
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func whatWasGivenUpIsEndedAtNextContactAndGoesOnElsewhere() async throws {
        let lost = FakeMachine { _ in .endless }
        let other = FakeMachine()
        let gate = Gate()
        other.beSilent(until: gate)
        try await Fleet.with(["a": lost, "b": other]) {
            $0.contactSeconds = 30
        } _: { fleet in
            let task = TaskSpec.sample("t", retry: .atOnce(3, on: [.lost]))
            let last = TaskSpec.sample("z", requires: ["x"], after: ["t"])
            let driving = fleet.site.begin(
                try await fleet.site.create(
                    [task, last],
                    workers: [.remote("a", slots: 2, capabilities: ["x"]), .remote("b")],
                    lostAfter: 0.05
                )
            )
            // Whichever host answers first is leased the task: the other one is made to wait.
            await driving.waitForRunning()
            gate.open()
            lost.fail(with: FakeMachine.lost)
            lost.disconnect()
            await driving.records.wait {
                if case .attemptFinished(let event) = $0.event { event.outcome == .passed } else { false }
            }
            #expect(lost.runningCount == 1)
            lost.fail(with: nil)
            await lost.calls.wait { if case .end(_, .stop) = $0 { true } else { false } }
            await lost.starts.wait { $0.key.task == "z" }
            lost.finish("z")
            #expect(try await driving.end.status == .completed)
            // The run's end has waited for the answer.
            let key = lost.starts.all[0].key
            #expect(lost.attempt(key)?.report.state != .running)
            // Recorded, and not applied.
            let given = try fleet.site.state(of: driving.run)["t"]
            #expect(given?.status == .passed && given?.attempts.map(\.outcome) == [.failed, .passed])
            #expect(given?.attempts.first?.lateEnd?.result == .stopped)
            #expect(given?.attempts.first?.lateEnd?.exit == .signal(15))
        }
    }
}
