import FleetCore
import FleetLedger
import Testing

@testable import FleetCommands

@Suite("What cannot be shown")
struct MissingTests {
    @Test(
        "Ends with 66 and the nearest name",
        arguments: [
            (["status", "20260101-000000-ab21"], "no_such_run", "did you mean 20260101-000000-ab12?"),
            (["status", "x"], "no_such_run", "codewhale fleet runs lists the runs"),
            (["inspect", "locl-1"], "no_such_worker", "did you mean local-1?"),
            (["inspect", "2026"], "no_such_worker", "did you mean 20260101-000000-ab12?"),
            (["inspect", "20260101-000000-ab12/goud"], "no_such_task", "did you mean good?"),
            (["inspect", "x/good"], "no_such_run", "codewhale fleet runs lists the runs"),
            (["logs", "20260101-000000-ab12/later"], "no_such_attempt", nil),
            (["logs", "20260101-000000-ab12/bad", "--attempt", "3"], "no_such_attempt", "there are attempts 1, 2"),
            (["artifacts", "20260101-000000-ab12/good", "--attempt", "2"], "no_such_attempt", "there is attempt 1"),
            (
                ["interrupt", "20260101-000000-ab12"], "no_such_worker",
                "codewhale fleet status 20260101-000000-ab12 lists its workers"
            ),
            (
                ["logs", "20260101-000000-ab12"], "no_such_worker",
                "name one of its tasks, as 20260101-000000-ab12/TASK; codewhale fleet status 20260101-000000-ab12 lists "
                    + "them"
            ),
            (["restart", "x"], "no_such_worker", nil), (["stop", "x"], "no_such_worker", nil),
        ] as [([String], String, String?)]
    )
    @MainActor
    func missing(arguments: [String], code: String, hint: String?) async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let console = try TestConsole()
        let words = ["fleet"] + arguments + ["--json", "--workspace", workspace.place.root]
        #expect(await CommandLineEntry.run(words, console: console.console) == 66)
        let error = try JSONProbe(console.output)
        #expect(error.names == ["schema", "code", "message", "hint"])
        #expect(error["schema"].text == "fleet.error/1")
        #expect(error["code"].text == code)
        if let hint { #expect(error["hint"].text == hint) }
    }

    @Test("No workspace: 66, and how to make one")
    @MainActor
    func noWorkspace() async throws {
        let directory = try TemporaryDirectory()
        let console = try TestConsole()
        let code = await CommandLineEntry.run(
            ["fleet", "status", "--workspace", directory.path],
            console: console.console
        )
        #expect(code == 66)
        #expect(
            console.diagnostics
                == "error: there is no workspace in \(directory.path)\nhint: make one with: codewhale fleet init\n"
        )
        #expect(directory.content.isEmpty)
    }

    @Test("A foreign file in the ledger's place: 73")
    @MainActor
    func foreign() async throws {
        let workspace = try TestWorkspace()
        try workspace.directory.write(".codewhale/fleet.jsonl", "this is not a ledger\n")
        let console = try TestConsole()
        #expect(await workspace.run(console, "status") == 73)
        #expect(console.diagnostics.contains("is not a ledger"))
    }

    @Test("A last line that a writer did not finish is told, and left for the next writer")
    @MainActor
    func tornTail() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let bytes = try System.readAll(System.open(workspace.place.ledger), limit: 1 << 20) + Array("torn".utf8)
        try workspace.directory.write(".codewhale/fleet.jsonl", bytes)
        let console = try TestConsole()
        #expect(await workspace.run(console, "status") == 0)
        #expect(console.diagnostics.contains("an unfinished last line of 4 bytes, which the next writer keeps aside"))
        #expect(try System.readAll(System.open(workspace.place.ledger), limit: 1 << 20) == bytes)
    }

    @Test("Damage is told on standard error, and the rest is shown")
    @MainActor
    func damage() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        var bytes = try System.readAll(System.open(workspace.place.ledger), limit: 1 << 20)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        bytes[lines[7].startIndex + 20] ^= 1
        try workspace.directory.write(".codewhale/fleet.jsonl", bytes)
        let console = try TestConsole()
        #expect(await workspace.run(console, "status") == 0)
        #expect(console.diagnostics.hasPrefix("warning: "))
        #expect(console.diagnostics.contains("line 8"))
        #expect(console.output.contains(TestWorkspace.run.rawValue))
    }
}
