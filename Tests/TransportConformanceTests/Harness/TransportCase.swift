import FleetTransport
import Foundation
import TestServers
import TestSupport
import Testing

/// One case of the contract of transports.
struct TransportCase: Sendable {
    /// The line of the contract, such as `T3` or `P1`, with a name where it has several cases: `T3.changed`.
    let line: String
    /// What is checked, in words.
    let title: String
    /// The check.
    let check: @Sendable (TransportSite) async throws -> Void

    init(_ line: String, _ title: String, _ check: @escaping @Sendable (TransportSite) async throws -> Void) {
        self.line = line
        self.title = title
        self.check = check
    }

    /// All cases, line by line.
    static let all: [TransportCase] =
        signInCases + agentCases + refusalCases + hostKeyCases + authorityCases + shellCases + environmentCases
        + byteCases
        + endCases + manyCases + lossCases + cancellationCases + closeCases + configurationCases + jumpCases
        + signalCases + poolCases + poolStartCases + poolLossCases + poolUnwantedCases + poolEndCases
        + fallbackCases
}

/// A case in a cell.
struct TransportTrial: Sendable, CustomTestStringConvertible {
    let cell: TransportCell
    let transportCase: TransportCase

    var testDescription: String { "\(transportCase.line) [\(cell)] \(transportCase.title)" }

    /// All trials that can be run, in an order of the seed's.
    static let plan: [TransportTrial] = {
        var generator = SeededGenerator(seed: Selection.seed)
        print("transport conformance: seed \(Selection.seed)")
        if let fault = TestServers.fault {
            print("transport conformance: no containers (\(fault)); an sshd on the loopback interface instead")
        }
        let served = everything.filter { $0.cell.gap($0.transportCase.line) == nil }
        return Selection.share(of: served).shuffled(using: &generator)
    }()

    private static let everything: [TransportTrial] = {
        // Some lines or cells alone, for who works on them: CODEWHALE_TEST_CASES=T5,T7 CODEWHALE_TEST_CELLS=openssh.
        let cases = TransportCase.all.filter { Selection.holds(line: $0.line) }
        return TransportCell.all.filter { Selection.holds(cell: $0.description) }
            .flatMap { cell in cases.map { TransportTrial(cell: cell, transportCase: $0) } }
    }()

    /// The lines that cells do not serve, with the reasons.
    static let gapTable: String = {
        var rows: [String] = []
        for trial in everything {
            guard let gap = trial.cell.gap(trial.transportCase.line) else { continue }
            rows.append("\(trial.transportCase.line) [\(trial.cell)]: \(gap)")
        }
        for cell in TransportCell.all where !cell.transport.tellsEveryEnd {
            rows.append(
                "T7 [\(cell)]: an exit of 255 and a signal are told as unknown, as the client says 255 for both"
            )
            rows.append("T7 [\(cell)]: the end of a connection's first channel waits for those that joined it")
        }
        for cell in TransportCell.all {
            for (kind, reason) in cell.transport.missingKeys {
                rows.append("T1, T3 [\(cell)]: \(kind) keys: \(reason)")
            }
        }
        let cells = Dictionary(grouping: plan, by: \.cell.description).sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value.count)" }
        return "transport conformance: \(plan.count) cases run (\(cells.joined(separator: ", "))); gaps:\n"
            + Set(rows).sorted().map { "  \($0)\n" }.joined()
    }()
}

/// The T and P lines of the contract, over every cell, in random order.
@Suite("Transport conformance", .serialized)
struct TransportConformance {
    @Test("contract", .timeLimit(.minutes(3)), arguments: TransportTrial.plan)
    func contract(_ trial: TransportTrial) async throws {
        let site = try await TransportSite(trial.cell)
        let start = ContinuousClock.now
        do {
            try await trial.transportCase.check(site)
        } catch {
            Issue.record(error, "\(trial.testDescription)")
        }
        let left = try await site.close()
        let took = start.duration(to: .now)
        if took > .seconds(3) { print("transport conformance: \(trial.testDescription) took \(took)") }
        #expect(left.isEmpty, "T11: \(trial.testDescription)")
    }

    @Test("gaps are told") func gaps() { print(TransportTrial.gapTable) }
}
