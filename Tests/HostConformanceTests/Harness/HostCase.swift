import Foundation
import TestServers
import TestSupport
import Testing

/// One case of the contract: the line's number, what it says, and the check.
struct HostCase: Sendable {
    /// The line of the contract, such as `H3`, with a name where it has several cases: `H3.claim`.
    let line: String
    /// What is checked, in words.
    let title: String
    /// The check.
    let check: @Sendable (Site) async throws -> Void

    init(_ line: String, _ title: String, _ check: @escaping @Sendable (Site) async throws -> Void) {
        self.line = line
        self.title = title
        self.check = check
    }

    /// All cases, line by line.
    static let all: [HostCase] =
        startCases + failureCases + onceCases + statusCases + identityCases + logCases + endCases + cleanupCases
        + copyCases + fullDiskCases + lossCases + leaseCases + dropCases + exitCases + hostileCases + deliveryCases
}

/// A case in a cell.
struct Trial: Sendable, CustomTestStringConvertible {
    let number: Int
    let cell: HostCell
    let hostCase: HostCase

    var testDescription: String { "\(hostCase.line) [\(cell)] \(hostCase.title)" }

    /// Why the cell cannot serve the case.
    var gap: String? { cell.gap(hostCase.line) }

    /// All trials, in an order of the seed's.
    static let plan: [Trial] = {
        var generator = SeededGenerator(seed: Selection.seed)
        print("host conformance: seed \(Selection.seed)")
        let cases = HostCase.all.filter { Selection.holds(line: $0.line) }
        let cells = HostCell.all.filter { Selection.holds(cell: $0.description) }
        let pairs = Selection.share(of: cells.flatMap { cell in cases.map { (cell, $0) } })
        let trials = pairs.shuffled(using: &generator).enumerated()
            .map { Trial(number: $0, cell: $1.0, hostCase: $1.1) }
        return trials.filter { $0.gap == nil }
    }()

    /// The lines that cells do not serve, with the reasons.
    static let gapTable: String = {
        var rows = HostCell.missing
        for cell in HostCell.all {
            for (line, reason) in cell.gaps.sorted(by: { $0.key < $1.key }) {
                rows.append("\(line) [\(cell)]: \(reason)")
            }
        }
        return "host conformance: \(plan.count) cases run; gaps:\n" + rows.map { "  \($0)\n" }.joined()
    }()
}

/// The H lines of the contract of host adapters, over every cell, in random order.
@Suite("Host conformance", .serialized)
struct HostConformance {
    @Test("contract", .timeLimit(.minutes(3)), arguments: Trial.plan)
    func contract(_ trial: Trial) async throws {
        let site = try await trial.cell.makeSite()
        let start = ContinuousClock.now
        do {
            try await trial.hostCase.check(site)
        } catch {
            Issue.record(error, "\(trial.testDescription)")
        }
        let left = try await site.close()
        let took = start.duration(to: .now)
        if took > .seconds(3) { print("host conformance: \(trial.testDescription) took \(took)") }
        #expect(left.isEmpty, "H18: \(trial.testDescription)")
    }

    @Test("gaps are told") func gaps() { print(Trial.gapTable) }
}
