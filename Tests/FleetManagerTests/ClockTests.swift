import FleetCore
import FleetWire
import Synchronization
import Testing

@testable import FleetManager

/// A clock that is set between two managers of a run.
@Suite(.timeLimit(.minutes(1))) struct ClockTests {
    @Test func aClockThatWasSetBackPutsNoTryOffForLongerThanItsPolicy() async throws {
        let machine = FakeMachine { request in request.key.attempt == 1 ? .endless : .init() }
        try await Site.with(machine) { site in
            var site = site
            let ahead = Mutex(86_400.0)
            site.context.now = { ManagerContext.systemTime().adding(seconds: ahead.withLock { $0 }) }
            let policy = RetryPolicy(maxAttempts: 2, initialBackoff: 0.2, maxBackoff: 0.2, on: [.task])
            let driving = site.begin(try await site.create([.sample("a", retry: policy)]))
            await driving.waitForRunning()
            driving.manager.drain()
            machine.finish("a", .code(1))
            _ = try await driving.end
            #expect(try site.state(of: driving.run)["a"]?.status == .queued)
            ahead.withLock { $0 = 0 }
            let next = try #require(
                try await RunManager.takeOver(driving.run, purpose: .drive, context: site.context)
            )
            #expect(try await site.begin(next).end.status == .completed)
        }
    }

    @Test func onlyWhatIsTooFarAheadIsDueSooner() {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let tasks: [TaskSpec] = .samples(3)
        var state = SchedulerTests.state(tasks)
        var scheduler = Scheduler(tasks: tasks, workers: [SchedulerTests.worker("w")], state: state)
        for (task, seconds) in [("t0", 86_400.0), ("t1", 300)] {
            _ = SchedulerTests.finish(task, .failed, retryAt: now.adding(seconds: seconds), in: &state, &scheduler)
        }
        let late = Scheduler.lateTries(of: tasks, in: state, now: now)
        #expect(late == [0: .init(said: now.adding(seconds: 86_400), due: now.adding(seconds: 300))])
    }
}
