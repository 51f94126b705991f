import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Foundation
import Testing

@testable import FleetManager

/// Attempts that run though the ledger has lost them: ending everything ends them too.
@Suite(.timeLimit(.minutes(1))) struct StrayTests {
    private static func record(_ key: AttemptKey, in site: Site) throws {
        let directory = "\(site.workspace.localState)/\(key.run)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: "\(directory)/\(key.task).\(key.attempt).rec", contents: nil)
    }

    private static func start(_ key: AttemptKey, in site: Site) async throws {
        _ = try await site.machine.start(StartRequest(key: key, arguments: ["sleep"], workingDirectory: "/"))
        try record(key, in: site)
    }

    private let stray = AttemptKey(run: "r1", task: "a", attempt: 1, nonce: "n")

    @Test func stoppingAllEndsWhatTheLedgerDoesNotKnow() async throws {
        try await Site.with(FakeMachine { _ in .endless }) { site in
            try await Self.start(stray, in: site)
            #expect(Operations.mayRunHere(in: site.workspace))
            let ended = try await site.operations.end(.all, mode: .stop)
            #expect(ended.map(\.run.rawValue) == ["r1"])
            #expect(ended.map(\.task.rawValue) == ["a"])
            #expect(ended.map(\.result) == [.stopped])
            #expect(site.machine.runningCount == 0)
            let again = try await site.operations.end(.all, mode: .stop)
            #expect(again == [])
        }
    }

    @Test func stoppingARunLeavesWhatIsNotOfIt() async throws {
        try await Site.with(FakeMachine { _ in .endless }) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning(1)
            try await Self.start(stray, in: site)
            let lost = AttemptKey(run: driving.run.rawValue, task: "t1", attempt: 7, nonce: "n")
            try await Self.start(lost, in: site)
            let ended = try await site.operations.end(.run(driving.run), mode: .stop)
            #expect(ended.map(\.attempt) == [1, 7])
            #expect(ended.map(\.result) == [.stopped, .stopped])
            #expect(try await driving.end.status == .cancelled)
            #expect(site.machine.runningCount == 1)
            let rest = try await site.operations.end(.all, mode: .stop)
            #expect(rest.map(\.run.rawValue) == ["r1"])
        }
    }

    @Test func whatCannotBeAskedForIsNotReportedAsEnded() async throws {
        try await Site.with(FakeMachine { _ in .endless }) { site in
            try await Self.start(stray, in: site)
            site.machine.fail(with: FakeMachine.lost)
            await #expect(throws: HostError.self) { _ = try await site.operations.end(.all, mode: .stop) }
            site.machine.fail(with: nil)
            let ended = try await site.operations.end(.all, mode: .stop)
            #expect(ended.count == 1)
        }
    }

    @Test func machineWithoutRecordsIsNotAsked() async throws {
        try await Site.with { site in
            #expect(!Operations.mayRunHere(in: site.workspace))
            let ended = try await site.operations.end(.all, mode: .stop)
            #expect(ended == [])
            #expect(site.machine.calls.all.isEmpty)
        }
    }
}
