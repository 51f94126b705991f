import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

@Suite(.timeLimit(.minutes(1))) struct StopTests {
    private static let endless = { @Sendable () in FakeMachine { _ in .endless } }

    @Test func drainingLetsWhatRunsFinishAndLeasesNothingMore() async throws {
        let machine = Self.endless()
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(5)))
            await driving.waitForRunning(2)
            driving.manager.drain()
            machine.finish("t0")
            machine.finish("t1")
            guard case .stopped(let counts) = try await driving.end else {
                Issue.record("the run ended")
                return
            }
            #expect((counts.passed, counts.queued) == (2, 3))
            #expect(try site.state(of: driving.run).status == nil)
            #expect(try site.isFree(driving.run))
            #expect(machine.keys.isEmpty)
        }
    }

    @Test func interruptingEndsWhatRunsAndTriesNothingAgain() async throws {
        let machine = Self.endless()
        try await Site.with(machine) { site in
            let tasks = [TaskSpec].samples(4, retry: .atOnce(5))
            let driving = site.begin(try await site.create(tasks))
            await driving.waitForRunning(2)
            driving.manager.interrupt()
            guard case .stopped(let counts) = try await driving.end else {
                Issue.record("the run ended")
                return
            }
            #expect((counts.interrupted, counts.queued) == (2, 2))
            #expect(machine.calls.all.filter { if case .end(_, .interrupt) = $0 { true } else { false } }.count == 2)
            let run = try site.state(of: driving.run)
            #expect(run["t0"]?.failure?.class == .interrupted)
            #expect(run.pendingEnds.isEmpty)
        }
    }

    @Test func stoppingARunCancelsWhatWaitsAndStopsWhatRuns() async throws {
        let machine = Self.endless()
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(6, retry: .atOnce(5))))
            await driving.waitForRunning(2)
            let confirmations = try await site.operations.end(.run(driving.run), mode: .stop)
            #expect(confirmations.map(\.result) == [.stopped, .stopped])
            #expect(confirmations.map(\.task.rawValue) == ["t0", "t1"])
            #expect(try await driving.end.status == .cancelled)
            let run = try site.state(of: driving.run)
            #expect(run.counts.cancelled == 6)
            #expect(run["t5"]?.failure == Failure(class: .cancelled, message: "stopped on request"))
            #expect(machine.runningCount == 0)
        }
    }

    @Test func stoppingAllEndsEveryRun() async throws {
        let machine = Self.endless()
        try await Site.with(machine) { site in
            let first = site.begin(try await site.create(.samples(2), workers: [.sample("a", slots: 2)]))
            let second = site.begin(try await site.create(.samples(3), workers: [.sample("b", slots: 2)]))
            await first.waitForRunning(2)
            await second.waitForRunning(2)
            let confirmations = try await site.operations.end(.all, mode: .stop)
            #expect(confirmations.count == 4 && confirmations.allSatisfy { $0.result == .stopped })
            #expect(try await first.end.status == .cancelled)
            #expect(try await second.end.status == .cancelled)
        }
    }

    @Test(arguments: [FleetCore.EndMode.stop, .interrupt])
    func endingAWorkersAttemptLeavesTheRestOfTheRun(_ mode: FleetCore.EndMode) async throws {
        let machine = FakeMachine { request in request.key.task == "t0" ? .endless : .init() }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(5, retry: .atOnce(5)), maxWorkers: 1))
            await driving.waitForRunning()
            let confirmations = try await site.operations.end(.worker(WorkerID(unchecked: "local-1")), mode: mode)
            #expect(confirmations.map(\.result) == [.stopped])
            #expect(try await driving.end.status == .failed)
            let run = try site.state(of: driving.run)
            #expect(run["t0"]?.status == (mode == .stop ? .cancelled : .interrupted))
            #expect(run["t0"]?.attempts.count == 1)
            #expect(run.counts.passed == 4)
        }
    }

    @Test func anEndWaitsForTheAnswerToTheStart() async throws {
        let gate = Gate()
        let machine = FakeMachine { _ in .init(start: .hold(gate), exit: nil) }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await machine.held.wait { _ in true }
            async let confirmations = site.operations.end(.run(driving.run), mode: .stop)
            await driving.records.wait { $0.event.type == "end_requested" }
            #expect(!machine.calls.all.contains { if case .end = $0 { true } else { false } })
            gate.open()
            let results = try await confirmations.map(\.result)
            #expect(results == [.stopped])
            #expect(try await driving.end.status == .cancelled)
        }
    }

    @Test func whatCouldNotBeEndedIsReportedAndStaysOpen() async throws {
        let machine = FakeMachine { _ in
            .init(
                exit: nil,
                end: { machine, key in
                    var report = machine.attempt(key)?.report ?? AttemptReport(key: key, state: .running)
                    report.survivors = [77]
                    return EndReply(outcome: .survivors, report: report, reason: "process 77 belongs to account 0")
                }
            )
        }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            let confirmations = try await site.operations.end(.run(driving.run), mode: .stop)
            #expect(confirmations.map(\.result) == [.survivors])
            #expect(confirmations.first?.survivors == [77])
            #expect(try site.state(of: driving.run)["t0"]?.status == .running)
            machine.finish("t0", .signal(15))
            #expect(try await driving.end.status == .cancelled)
        }
    }

    @Test func survivorsAreToldThoughTheEndOfTheAttemptIsToldFirst() async throws {
        let gate = Gate()
        let machine = FakeMachine { _ in
            .init(
                exit: nil,
                finish: { $0.survivors = [77] },
                end: { machine, key in
                    // Its end is pushed, and the answer comes when that stands in the ledger.
                    let report = machine.end(key, .signal(15), .stop)
                    await gate.pass()
                    return report.map { EndReply(outcome: .survivors, report: $0, reason: "process 77 does not end") }
                }
            )
        }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            async let confirmations = site.operations.end(.run(driving.run), mode: .stop)
            await driving.records.wait { $0.event.type == "attempt_finished" }
            gate.open()
            let told = try await confirmations
            #expect(told.map(\.result) == [.survivors])
            #expect(told.first?.survivors == [77])
            #expect(try await driving.end.status == .cancelled)
            #expect(try site.events(of: driving.run).compactMap(\.endResult) == [.survivors])
        }
    }

    @Test func whatCannotBeConfirmedIsUnreachableAndCarriedOutLater() async throws {
        let machine = Self.endless()
        try await Site.with(machine) { site in
            var site = site
            site.context.patienceSeconds = 0.3
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            machine.fail(with: FakeMachine.lost)
            let confirmations = try await site.operations.end(.run(driving.run), mode: .stop)
            #expect(confirmations.map(\.result) == [.unreachable])
            let run = try site.state(of: driving.run)
            #expect(run["t0"]?.status == .running)
            #expect(run.pendingEnds.count == 1)
            // The manager's own word of it may come after the patience has ended.
            await driving.records.wait { $0.event.endResult == .unreachable }
            machine.fail(with: nil)
            #expect(try await driving.end.status == .cancelled)
            #expect(machine.runningCount == 0)
            #expect(try site.state(of: driving.run)["t0"]?.status == .cancelled)
            // The run may end before the answer to the end is written: that the attempt ended so is the word of it, too.
            let results = try site.events(of: driving.run).compactMap(\.endResult)
            #expect(results.first == .unreachable && results.dropFirst().allSatisfy { $0 == .stopped })
        }
    }

    @Test func anAttemptThatEndsByItselfMeanwhileIsNotTriedAgain() async throws {
        let machine = FakeMachine { _ in
            .init(
                exit: nil,
                end: { machine, key in
                    machine.end(key, .code(1), .itself)
                    return EndReply(
                        outcome: .alreadyExited,
                        report: machine.attempt(key)?.report ?? AttemptReport(key: key, state: .exited)
                    )
                }
            )
        }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1, retry: .atOnce(5))))
            await driving.waitForRunning()
            _ = try await site.operations.end(.worker(WorkerID(unchecked: "local-1")), mode: .interrupt)
            #expect(try await driving.end.status == .failed)
            let run = try site.state(of: driving.run)
            #expect(run["t0"]?.attempts.map(\.exit) == [.code(1)])
        }
    }

    @Test(arguments: [FleetCore.EndMode.stop, .interrupt])
    func anAttemptWhoseSupervisorDiedOnTheWayEndsAsItWasWanted(_ mode: FleetCore.EndMode) async throws {
        let machine = FakeMachine { _ in
            .init(
                exit: nil,
                end: { machine, key in
                    machine.lose(key).map { EndReply(outcome: .stopped, report: $0) }
                }
            )
        }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1, retry: .atOnce(5))))
            await driving.waitForRunning()
            let confirmations = try await site.operations.end(.worker(WorkerID(unchecked: "local-1")), mode: mode)
            #expect(confirmations.map(\.result) == [.stopped])
            _ = try await driving.end
            let task = try #require(try site.state(of: driving.run)["t0"])
            #expect(task.status == (mode == .stop ? .cancelled : .interrupted))
            #expect(task.attempts.count == 1)
        }
    }

    @Test func anAttemptThatIsOverAlreadyIsNoReasonToWait() async throws {
        let gate = Gate()
        var entry = ArtifactEntry()
        entry.path = "out"
        var left = CollectReply()
        left.entries = [entry]
        let machine = FakeMachine { [left] _ in .init(start: .hold(gate), exit: nil, artifacts: left) }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await machine.held.wait { _ in true }
            async let confirmations = site.operations.end(.worker(WorkerID(unchecked: "local-1")), mode: .stop)
            await driving.records.wait { $0.event.type == "end_requested" }
            // Its end is told before anybody could be asked to end it.
            machine.finish("t0")
            let results = try await confirmations.map(\.result)
            #expect(results == [.alreadyExited])
            gate.open()
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test(arguments: [FleetCore.EndMode.stop, .interrupt])
    func aWaitingTaskThatIsToBeEndedIsNotLeasedAtThatMoment(_ mode: FleetCore.EndMode) async throws {
        let machine = Self.endless()
        try await Site.with(machine) { site in
            let manager = try await site.create(.samples(2), maxWorkers: 1)
            let (workspace, now) = (site.workspace, site.context.now)
            let wish = Event.EndRequested(
                run: manager.runID,
                scope: .task(TaskID(unchecked: "t1")),
                mode: mode,
                requestID: "w"
            )
            // The slot is free at the very moment at which the wish is seen.
            _ = try await manager.run { records in
                guard records.contains(where: { $0.event.type == "attempt_started" }) else { return }
                _ = try? Ledger(opening: workspace).append([.endRequested(wish)], durable: true, at: now())
                machine.finish("t0")
            }
            #expect(machine.starts.all.map(\.key.task) == ["t0"])
            let status = try site.state(of: manager.runID)["t1"]?.status
            #expect(status == (mode == .stop ? .cancelled : .interrupted))
        }
    }

    @Test func whatDoesNotExistIsNotFound() async throws {
        try await Site.with { site in
            for target in [Operations.Target.run(RunID(unchecked: "x")), .worker(WorkerID(unchecked: "x"))] {
                await #expect {
                    _ = try await site.operations.end(target, mode: .stop)
                } throws: {
                    ($0 as? ManagerError)?.code == .notFound
                }
            }
            let none = try await site.operations.end(.all, mode: .stop)
            #expect(none.isEmpty)
        }
    }

    @Test func aRunThatHasEndedHasNothingToStop() async throws {
        try await Site.with { site in
            let (_, run, _) = try await site.drive(.samples(1))
            #expect(try await site.operations.end(.run(run.id), mode: .stop).isEmpty)
            #expect(try site.state(of: run.id).status == .completed)
        }
    }
}
