import FleetCore
import FleetLedger
import Foundation
import Testing

@testable import FleetCommands

/// Runs whose records were archived, and whose archives are gone or damaged.
@MainActor
@Suite(.serialized) struct ArchiveTests {
    private static let other = RunID(unchecked: "20260102-000000-cd34")

    /// Two runs that have ended and were archived; the first has been reopened since, where wanted.
    private func workspace(isReopened: Bool = false) async throws -> TestWorkspace {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        try workspace.finishExample()
        try workspace.appendExample(run: Self.other, name: "other")
        try workspace.finishExample(run: Self.other)
        let console = try TestConsole()
        #expect(await workspace.run(console, "compact") == 0)
        if isReopened { try workspace.append(.runReopened(.init(run: TestWorkspace.run))) }
        return workspace
    }

    private func archive(_ workspace: TestWorkspace) -> URL {
        URL(fileURLWithPath: workspace.place.archive(TestWorkspace.run))
    }

    @Test(
        arguments: [false, true],
        [
            ["status"], ["runs"], ["compact"], ["workers"], ["stop", "--all"], ["orphans"], ["inspect", "local-1"],
            ["status", "20260102-000000-cd34"], ["inspect", "20260102-000000-cd34/bad"],
        ]
    )
    func aMissingArchiveStopsNothingElse(isReopened: Bool, words: [String]) async throws {
        let workspace = try await workspace(isReopened: isReopened)
        try FileManager.default.removeItem(at: archive(workspace))
        let console = try TestConsole()
        let arguments = ["fleet"] + words + ["--workspace", workspace.place.root]
        let code = await CommandLineEntry.run(arguments, console: console.console)
        #expect(code == 0, "\(console.output)\(console.diagnostics)")
        let name = "fleet/\(TestWorkspace.run)/ledger.jsonl"
        #expect(console.diagnostics.contains(name) == isReopened, "\(console.diagnostics)")
    }

    @Test(arguments: [false, true], [["status"], ["inspect"]])
    func theRunItselfIsNotThere(isReopened: Bool, words: [String]) async throws {
        let workspace = try await workspace(isReopened: isReopened)
        try FileManager.default.removeItem(at: archive(workspace))
        let console = try TestConsole()
        let arguments = ["fleet"] + words + [TestWorkspace.run.rawValue, "--workspace", workspace.place.root]
        #expect(await CommandLineEntry.run(arguments, console: console.console) == 66)
        #expect(console.diagnostics.contains("is not there"), "\(console.diagnostics)")
        #expect(console.diagnostics.contains("hint: put it back from a copy"), "\(console.diagnostics)")
    }

    @Test func aDamagedArchiveIsToldOnceWithItsPlace() async throws {
        let workspace = try await workspace()
        var bytes = try Data(contentsOf: archive(workspace))
        let end = try #require(bytes.range(of: Data(#""outcome":"interrupted""#.utf8)))
        bytes[end.lowerBound + 12] ^= 0x04
        try bytes.write(to: archive(workspace))
        let console = try TestConsole()
        #expect(await workspace.run(console, "inspect", "\(TestWorkspace.run)/busy") == 0)
        let warnings = console.diagnostics.split(separator: "\n")
        #expect(warnings.count == 3, "\(console.diagnostics)")
        #expect(warnings.first?.contains("ledger.jsonl: line ") == true)
        #expect(warnings.first?.contains("the checksum does not fit the record") == true)
        let words = "the ledger says that run \(TestWorkspace.run) is failed, with 1 passed, 1 failed, 1 cancelled, "
        #expect(warnings.last?.contains(words) == true, "\(console.diagnostics)")
    }

    @Test func anEmptiedArchiveIsNoUnknownRun() async throws {
        let workspace = try await workspace()
        try Data().write(to: archive(workspace))
        let console = try TestConsole()
        #expect(await workspace.run(console, "status", TestWorkspace.run.rawValue) == 66)
        #expect(console.diagnostics.contains("does not tell of it any more"), "\(console.diagnostics)")
    }
}
