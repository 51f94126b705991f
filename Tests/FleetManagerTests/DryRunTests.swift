import FleetCore
import Testing

@testable import FleetManager

@Suite struct DryRunTests {
    private static func plan(_ tasks: [TaskSpec], _ workers: [WorkerSpec] = [], maxWorkers: Int = 2) -> DryRun {
        DryRun(spec: RunSpec(name: "r", tasks: tasks, workers: workers), options: RunOptions(maxWorkers: maxWorkers))
    }

    @Test func tasksStandInTheOrderInWhichOneSlotWouldTakeThem() {
        let plan = Self.plan([
            .sample("a"), .sample("b", priority: 9, after: ["c"]), .sample("c"), .sample("d", priority: 1),
        ])
        #expect(plan.rows.map(\.task.rawValue) == ["d", "a", "c", "b"])
        #expect(plan.rows.last?.waitsFor.map(\.rawValue) == ["c"])
    }

    @Test func everyWorkerThatCouldTakeATaskIsNamed() {
        let plan = Self.plan(
            [.sample("a", requires: ["gpu"]), .sample("b")],
            [.sample("one"), .sample("two", capabilities: ["gpu"])]
        )
        #expect(plan.rows.map { $0.workers.map(\.rawValue) } == [["two"], ["one", "two"]])
        #expect(plan.rows.allSatisfy { $0.missing.isEmpty })
    }

    @Test func whatNoWorkerCanTakeSaysWhatEachLacks() throws {
        let plan = Self.plan(
            [.sample("a", requires: ["gpu", "big"])],
            [.sample("one"), .sample("two", capabilities: ["gpu"])]
        )
        let row = try #require(plan.rows.first)
        #expect(row.workers.isEmpty)
        #expect(row.missing.map(\.worker.rawValue) == ["one", "two"])
        #expect(row.missing.map(\.capabilities) == [["big", "gpu"], ["big"]])
    }

    @Test func aRunWithoutWorkersHasAutomaticOnes() {
        let plan = Self.plan([.sample("a", requires: ["local"])], maxWorkers: 3)
        #expect(plan.workers.map(\.id.rawValue) == ["local-1", "local-2", "local-3"])
        #expect(plan.rows.first?.workers.count == 3)
    }
}
