import FleetCore
import FleetHost
import FleetWire
import Testing

@testable import FleetManager

/// What a host says goes into the ledger within bounds.
@Suite(.timeLimit(.minutes(1))) struct HostWordsTests {
    @Test func aRefusalOfAnyLengthIsKeptInShort() async throws {
        let words = String(repeating: "é", count: 500_000)
        let machine = FakeMachine { _ in .init(start: .refuse(HostError(.configuration, words))) }
        try await Site.with(machine) { site in
            let (_, run, _) = try await site.drive(.samples(1))
            #expect(run["t0"]?.failure?.message.unicodeScalars.count == 1_000)
        }
    }

    @Test func survivorsOfAnyNumberAreCounted() async throws {
        var behaviour = FakeMachine.Behaviour.endless
        behaviour.end = { machine, key in
            guard var report = machine.attempt(key)?.report else { return nil }
            report.survivors = Array(1...10_000)
            return EndReply(outcome: .survivors, report: report)
        }
        let machine = FakeMachine { [behaviour] _ in behaviour }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create(.samples(1)))
            await driving.waitForRunning()
            let ends = try await site.operations.end(.run(driving.run), mode: .stop)
            #expect(ends.map(\.survivors) == [Array(1...32)])
            #expect(ends.map(\.survivorCount) == [10_000])
            machine.finish("t0")
            #expect(try await driving.end.status == .cancelled)
        }
    }
}
