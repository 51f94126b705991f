import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Foundation
import TestSupport
import Testing

@testable import FleetManager

/// What is kept of the hosts' health, and what a run makes of it.
@Suite(.timeLimit(.minutes(1))) struct HealthTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private static var example: FleetHealth {
        var health = FleetHealth()
        var host = HostHealth(name: "u@h:2", transport: "system")
        for _ in 0..<3 { host.breaker.noteFailure(.passing, at: now) }
        host.failures = ["transport": 3]
        host.lastFailure = .init(class: "transport", message: "no \"route\"\n\u{1b}[31m", time: now)
        host.connects = 7
        host.contactAt = now
        host.clearedAt = now
        var pool = PoolHealth()
        pool.connects = 9
        pool.failures = ["lost": 2, "refused": 1]
        var use = PoolHealth.Use()
        (use.open, use.idle, use.channels, use.waiting) = (4, 1, 3, 2)
        pool.uses[RunID(unchecked: "r-1")] = use
        host.pool = pool
        health.hosts["abc"] = host
        var other = HostHealth(name: "g", transport: "system")
        other.breaker.noteFailure(.lasting, at: now)
        health.hosts["def"] = other
        health.workers[WorkerID(unchecked: "w")] = .init(host: "abc")
        health.workers[WorkerID(unchecked: "l")] = .init()
        health.workers[WorkerID(unchecked: "l")]?.isDrained = true
        return health
    }

    @Test func whatIsWrittenIsRead() {
        #expect(FleetHealth(json: Self.example.json, now: Self.now) == Self.example)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{\"hosts\": 5, \"workers\": []}",
        "{\"hosts\": {\"a\": {}}, \"workers\": {\"../x\": {}}}",
        "{\"hosts\": {\"a\": {\"connects\": 1}}}", "\u{0}\u{1}",
    ])
    func whatCannotBeMadeOutIsNothing(content: String) {
        #expect(FleetHealth(json: Array(content.utf8), now: Self.now) == FleetHealth())
    }

    @Test func damageAnywhereHarmsNothingElse() {
        let bytes = Self.example.json
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            let health = FleetHealth(json: damaged, now: Self.now)
            #expect(health.hosts.values.allSatisfy { $0.breaker.wait <= Breaker.longestWait })
        }
    }

    @Test func theFileIsPrivateAndSeveralMayChangeIt() async throws {
        try await Site.with { site in
            let file = HealthFile(site.workspace, now: ManagerContext.systemTime)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask { try? file.drain(WorkerID(unchecked: "w\(number)")) }
                }
            }
            #expect(file.read().workers.count == 20)
            let mode = try FileManager.default.attributesOfItem(atPath: site.workspace.health)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test(arguments: [HostError.refused, .otherKey])
    func aRunWhoseHostsWaitForSomebodyEndsIncomplete(error: HostError) async throws {
        let machine = FakeMachine()
        machine.fail(with: error)
        try await Fleet.with(["h": machine]) { fleet in
            let (end, run, _) = try await fleet.site.drive(.samples(2), workers: [.remote("h")])
            #expect(end.status == .incomplete)
            #expect(run.counts.queued == 2)
            #expect(fleet.health(of: "h")?.breaker.isQuarantined == true)
            #expect(fleet.health(of: "h")?.failures[error.code.rawValue] == 1)
            // Somebody begins another run: the host is tried once more.
            machine.fail(with: nil)
            let (next, _, _) = try await fleet.site.drive(.samples(2), workers: [.remote("h")])
            #expect(next.status == .completed)
            #expect(fleet.health(of: "h")?.breaker == Breaker())
        }
    }

    @Test func aHostThatCannotBeSetUpForAMomentIsTriedAgain() async throws {
        let machine = FakeMachine()
        machine.fail(with: HostError(.configuration, "fake: no space left on the disk"))
        try await Fleet.with(["h": machine]) { fleet in
            let driving = fleet.site.begin(try await fleet.site.create(.samples(2), workers: [.remote("h")]))
            while fleet.health(of: "h")?.lastFailure == nil { await Task.yield() }
            machine.fail(with: nil)
            #expect(try await driving.end.status == .completed)
            #expect(fleet.health(of: "h")?.breaker == Breaker())
        }
    }

    @Test func aHostThatCannotBeSetUpAtAllWaitsForSomebody() async throws {
        let machine = FakeMachine()
        machine.fail(with: HostError(.configuration, "fake: no supervisor for its platform"))
        try await Fleet.with(["h": machine]) { fleet in
            let (end, _, _) = try await fleet.site.drive(.samples(2), workers: [.remote("h")])
            #expect(end.status == .incomplete)
            #expect(fleet.health(of: "h")?.breaker.isQuarantined == true)
            #expect(fleet.health(of: "h")?.failures["configuration"] == Breaker.threshold)
        }
    }

    @Test func whatAnotherHostCanDoIsDone() async throws {
        let machine = FakeMachine()
        machine.fail(with: .refused)
        try await Fleet.with(["h": machine, "b": FakeMachine()]) { fleet in
            let tasks: [TaskSpec] = [.sample("a"), .sample("c", requires: ["x"])]
            let (end, run, _) = try await fleet.site.drive(
                tasks,
                workers: [.remote("h", capabilities: ["x"]), .remote("b")]
            )
            #expect(end.status == .incomplete)
            #expect(run["a"]?.status == .passed)
            #expect(run["c"]?.status == .queued)
        }
    }

    @Test func whatCannotBeKeptAtOnceIsKeptLater() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Fleet.with(["h": machine]) { fleet in
            let path = fleet.site.workspace.health
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            let driving = fleet.site.begin(try await fleet.site.create(.samples(1), workers: [.remote("h")]))
            await driving.waitForRunning()
            try FileManager.default.removeItem(atPath: path)
            machine.finish("t0")
            #expect(try await driving.end.status == .completed)
            #expect(fleet.health(of: "h")?.connects == 1)
        }
    }

    @Test func aDrainedWorkerIsGivenNothingBeforeItIsUndrained() async throws {
        let machine = FakeMachine { _ in .endless }
        try await Fleet.with(["h": machine]) { fleet in
            let file = HealthFile(fleet.site.workspace, now: ManagerContext.systemTime)
            let worker = WorkerID(unchecked: "h")
            let driving = fleet.site.begin(try await fleet.site.create(.samples(2), workers: [.remote("h")]))
            await driving.waitForRunning()
            try file.drain(worker)
            while await !driving.manager.drained.contains(worker) { await Task.yield() }
            machine.finish("t0")
            await driving.records.wait { $0.event.type == "attempt_finished" }
            // Once it has been asked again, it had every chance to be given the next task.
            await machine.calls.wait { if case .cleanup = $0 { true } else { false } }
            #expect(machine.starts.all.count == 1)
            try file.undrain(worker)
            await driving.waitForRunning(2)
            machine.finish("t1")
            #expect(try await driving.end.status == .completed)
        }
    }

    @Test func aWordThatTheHostIsWellIsHeededAtOnce() async throws {
        let machine = FakeMachine()
        machine.fail(with: .refused)
        let other = FakeMachine { _ in .endless }
        try await Fleet.with(["h": machine, "b": other]) { fleet in
            let tasks: [TaskSpec] = [.sample("a", requires: ["y"]), .sample("c", requires: ["x"])]
            let driving = fleet.site.begin(
                try await fleet.site.create(
                    tasks,
                    workers: [.remote("h", capabilities: ["x"]), .remote("b", capabilities: ["y"])]
                )
            )
            await driving.waitForRunning()
            await machine.calls.wait { $0 == .connect }
            while fleet.health(of: "h")?.breaker.isQuarantined != true { await Task.yield() }
            machine.fail(with: nil)
            try HealthFile(fleet.site.workspace, now: ManagerContext.systemTime).undrain(WorkerID(unchecked: "h"))
            await machine.starts.wait { $0.key.task == "c" }
            other.finish("a")
            #expect(try await driving.end.status == .completed)
        }
    }
}
