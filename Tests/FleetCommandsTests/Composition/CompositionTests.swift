import ArgumentParser
import FleetCore
import FleetLedger
import FleetManager
import Foundation
import Logging
import Testing
import UnixSignals

@testable import FleetCommands

@Suite("How the program is put together")
struct CompositionTests {
    @Test("The supervisor is found beside the executable, under either name")
    func supervisor() throws {
        let both = try SupervisorLookup.find(beside: "/opt/bin/codewhale") { _ in true }
        #expect(both == "/opt/bin/codewhale-supervisor")
        let second = try SupervisorLookup.find(beside: "/opt/bin/codewhale") { $0.hasSuffix(SupervisorLookup.names[1]) }
        #expect(second == "/opt/bin/" + SupervisorLookup.names[1])
        #expect(try SupervisorLookup.find(beside: "/codewhale") { _ in true } == "/codewhale-supervisor")
    }

    @Test("Where it is missing: 78, and what to do", arguments: ["/opt/bin/codewhale", nil] as [String?])
    func noSupervisor(executable: String?) {
        let error = #expect(throws: CommandError.self) { try SupervisorLookup.find(beside: executable) { _ in false } }
        #expect(error?.exit == .configuration)
    }

    @Test("A log message is one harmless line with its metadata in order")
    func logLine() {
        #expect(
            ConsoleLogHandler.line(.warning, "a\u{1B}\nb", ["z": "1", "c": "2"]) == "warning: a\\x1b\\nb c=2 z=1\n"
        )
    }

    @Test("The workspace is the one of the option, relative to here, without links")
    func workspaceOption() throws {
        let directory = try TemporaryDirectory()
        try directory.write("real/x", "")
        try FileManager.default.createSymbolicLink(atPath: directory.path + "/link", withDestinationPath: "real")
        #expect(
            try FleetOptions.parse(["--workspace", directory.path + "/link"]).workspacePlace().root == directory.path
                + "/real"
        )
        #expect(
            try FleetOptions.parse(["--workspace", "nowhere"]).workspacePlace().root == System.currentDirectory
                + "/nowhere"
        )
    }

    @Test("A wait for the ledger ends with a change, also one before the wait, and with its time")
    func changes() async throws {
        let workspace = try TestWorkspace()
        let changes = try LedgerChanges(workspace.place)
        for number in 0..<3 {
            try workspace.append(TestWorkspace.created(RunID(unchecked: "r\(number)"), name: "n", tasks: 0))
            await changes.next(within: .seconds(3_600))
        }
        await changes.next(within: .milliseconds(1))
        await changes.next(within: .milliseconds(1))
    }

    @Test("A wait for the ledger ends with its task")
    func cancelledChanges() async throws {
        let workspace = try TestWorkspace()
        let changes = try LedgerChanges(workspace.place)
        let task = Task { await changes.next(within: .seconds(3_600)) }
        task.cancel()
        await task.value
    }

    @Test("This process may use a processor at least")
    func processors() { #expect(System.processors >= 1) }

    @Test(
        "Signals: first let finish, then interrupt, then leave; each says so",
        arguments: [
            (
                1, UnixSignal.sigint, SignalResponse.drain,
                "INT: no more tasks are started; what runs may finish (once more: interrupt it)"
            ),
            (2, .sigterm, .interrupt, "TERM: interrupting what runs (once more: leave at once)"),
            (3, .sigint, .leave, "INT: leaving; what runs goes on (codewhale fleet resume r1 drives it on)"),
            (9, .sigint, .leave, "INT: leaving; what runs goes on (codewhale fleet resume r1 drives it on)"),
        ]
    )
    func signals(number: Int, signal: UnixSignal, expected: SignalResponse, sentence: String) {
        let response = SignalResponse(toSignal: number)
        #expect(response == expected)
        #expect(response.sentence(signal, run: "r1") == sentence)
    }
}

@Suite("init, and plans of runs")
struct InitTests {
    @Test("init makes a workspace and an example, and repeating it changes nothing")
    @MainActor
    func initialize() async throws {
        let directory = try TemporaryDirectory()
        let root = directory.path + "/with space\nand newline"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let console = try TestConsole()
        for _ in 0..<2 {
            #expect(
                await CommandLineEntry.run(["fleet", "init", "--json", "--workspace", root], console: console.console)
                    == 0
            )
        }
        let answers = try console.lines.map { try JSONProbe($0) }
        #expect(answers[0].names == ["schema", "workspace", "created", "example"])
        #expect(answers[0]["schema"].text == "fleet.init/1")
        #expect(answers.map { $0["created"].flag } == [true, false])
        #expect(answers[0]["workspace"].text == root)
        let mode = { (path: String) in try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(root + "/.codewhale") == 0o700)
        #expect(try mode(root + "/.codewhale/fleet.jsonl") == 0o600)
    }

    @Test("init leaves a changed example alone, and its words are harmless")
    func example() throws {
        let directory = try TemporaryDirectory("a\u{1B}")
        let workspace = Workspace(root: directory.path)
        _ = try InitCommand.initialize(workspace)
        try directory.write(".codewhale/example.json", "mine")
        let result = try InitCommand.initialize(workspace)
        #expect(try String(contentsOfFile: result.example, encoding: .utf8) == "mine")
        #expect(!InitCommand.text(result).unicodeScalars.contains { $0 != "\n" && TerminalText.isUnsafe($0) })
    }

    @Test("A plan has the processors' number of workers, or the option's", arguments: [nil, 7] as [Int?])
    func plan(option: Int?) throws {
        let directory = try TemporaryDirectory()
        let spec = try directory.write("a.json", #"[{"id": "a", "command": "true"}]"#)
        let arguments = try RunArguments.parse(
            [spec, "--fail-fast"] + (option.map { ["--max-workers", "\($0)"] } ?? [])
        )
        let plan = try RunPlan(arguments)
        #expect(plan.options.maxWorkers == option ?? System.processors)
        #expect(plan.options.failFast)
        #expect(plan.notes.isEmpty)
    }

    @Test("The interval of polls is taken in seconds", arguments: [("0.0005", 0.0005), ("5", 5), ("3600", 3_600)])
    func pollInterval(text: String, seconds: Double) throws {
        #expect(try RunArguments.parse(["a", "--poll-interval", text]).pollInterval == seconds)
        #expect(try RunArguments.parse(["a"]).pollInterval == nil)
    }

    @Test("That --max-workers means nothing for named workers is said")
    func note() throws {
        let directory = try TemporaryDirectory()
        let spec = try directory.write(
            "a.json",
            #"{"tasks": [{"id": "a", "command": "true"}], "workers": [{"id": "w", "host": {"kind": "local"}}]}"#
        )
        #expect(try RunPlan(RunArguments.parse([spec, "--max-workers", "3"])).notes.count == 1)
        #expect(try RunPlan(RunArguments.parse([spec])).notes.isEmpty)
    }

    private static let dryRunSpec = """
        {"name": "n", "tasks": [
          {"id": "a", "command": "true"}, {"id": "b", "command": "true", "depends_on": ["a"], "priority": 3}
        ]}
        """

    @Test("A dry run shows who could take what, writes nothing, and ends with 0", arguments: [true, false])
    @MainActor
    func dryRun(isJSON: Bool) async throws {
        let directory = try TemporaryDirectory()
        let spec = try directory.write("a.json", Self.dryRunSpec)
        let console = try TestConsole()
        let words = ["fleet", "run", spec, "--dry-run", "--max-workers", "6", "--workspace", directory.path]
        #expect(await CommandLineEntry.run(words + (isJSON ? ["--json"] : []), console: console.console) == 0)
        #expect(directory.content == ["a.json"])
        guard isJSON else {
            #expect(console.output.hasPrefix("n: 2 tasks; nothing is run\n\nWORKER   HOST   SLOTS  CAPABILITIES\n"))
            #expect(
                console.output.hasSuffix(
                    "a     local-1, local-2, local-3, local-4 and 2 more\nb     local-1, local-2, local-3, local-4 and 2 more  a\n"
                )
            )
            return
        }
        let answer = try JSONProbe(console.output)
        #expect(answer.names == ["schema", "dry_run", "name", "runnable", "workers", "tasks"])
        #expect(answer["schema"].text == "fleet.run/1")
        #expect(answer["tasks"].elements.map { $0["task_id"].text } == ["a", "b"])
        #expect(answer["tasks"][0].names == ["task_id", "workers", "missing", "waits_for"])
        #expect(answer["tasks"][1]["waits_for"].elements.map(\.text) == ["a"])
        #expect(answer["workers"].elements.count == 6)
    }

    @Test("A task that no worker could take: what each lacks, and 65")
    @MainActor
    func notRunnable() async throws {
        let directory = try TemporaryDirectory()
        let spec = try directory.write("a.json", #"[{"id": "a", "command": "true", "requires": ["gpu"]}]"#)
        let console = try TestConsole()
        #expect(
            await CommandLineEntry.run(
                ["fleet", "run", spec, "--dry-run", "--max-workers", "1"],
                console: console.console
            ) == 65
        )
        #expect(console.output.hasSuffix("a     none: local-1 lacks gpu\n"))
    }

    @Test("What --detach prints for programs")
    func detached() throws {
        let detached = Detaching.Detached(run: RunID(unchecked: "r"), pid: 7, log: "/l")
        let answer = try JSONProbe(detached.json("run").text)
        #expect(answer.names == ["schema", "run_id", "detached", "manager", "log"])
        #expect(answer["manager"]["pid"].number == 7)
    }
}
