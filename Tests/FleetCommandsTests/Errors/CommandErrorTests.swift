import FleetCore
import FleetHost
import FleetLedger
import FleetManager
import Testing
import UnixSignals

@testable import FleetCommands

@Suite("Errors and exit codes")
struct CommandErrorTests {
    @Test(
        "Every kind has the exit code of the documents",
        arguments: [
            (CommandError.Code.usage, 64), (.badSpec, 65), (.noSpec, 66), (.noWorkspace, 66), (.noRun, 66),
            (.noWorker, 66),
            (.noTask, 66), (.noAttempt, 66), (.unreachable, 69), (.system, 70), (.workspace, 73), (.cannotCreate, 73),
            (.busy, 75), (.stopped, 75), (.configuration, 78), (.mismatch, 1), (.init(rawValue: "new"), 70),
        ] as [(CommandError.Code, Int32)]
    )
    func exits(code: CommandError.Code, expected: Int32) {
        #expect(CommandError(code, "x").exit.rawValue == expected)
    }

    @Test(
        "The errors of the layers below have theirs",
        arguments: [
            (LedgerError(.missing, "x"), 66), (LedgerError(.foreign, "x"), 73), (LedgerError(.unwritable, "x"), 73),
            (LedgerError(.full, "x"), 73), (LedgerError(.syncFailed, "x"), 73), (LedgerError(.newer, "x"), 78),
            (SpecError(faults: [SpecFault(path: "a", found: "b", expected: "c")]), 65),
            (ManagerError(.specification, "x"), 65),
            (ManagerError(.notFound, "x"), 66), (ManagerError(.configuration, "x"), 78), (ManagerError(.busy, "x"), 75),
            (HostError(.transport, "x"), 69), (HostError(.authentication, "x"), 69), (HostError(.hostKey, "x"), 69),
            (HostError(.configuration, "x"), 78), (HostError(.environment, "x"), 78), (HostError(.malformed, "x"), 70),
            (System.Failure(number: 5), 70), (CancellationError(), 70),
        ] as [(any Error, Int32)]
    )
    func wrapped(error: any Error, expected: Int32) {
        #expect(CommandError(wrapping: error).exit.rawValue == expected)
    }

    @Test(
        "A run that was driven ends with the code of its end, or of the signal that interrupted it",
        arguments: [
            (RunStatus.completed, nil, 0), (.failed, nil, 1), (.cancelled, nil, 1), (.incomplete, nil, 69),
            (nil, nil, 75),
            (.failed, 2, 130), (.failed, 15, 143), (nil, 2, 130), (nil, 15, 143), (.completed, 2, 0),
        ] as [(RunStatus?, Int?, Int32)]
    )
    func outcome(status: RunStatus?, signal: Int?, expected: Int32) {
        let run = RunID(unchecked: "r")
        let tally = Tally(total: 0, passed: 0)
        let end = status.map { RunEnd.finished(.init(run: run, status: $0, tasks: tally, seconds: 0)) }
        let outcome = Driver.Outcome(
            end: end ?? .stopped(TaskCounts()),
            interruptedBy: signal.map { $0 == 2 ? .sigint : .sigterm }
        )
        #expect(outcome.exit.rawValue == expected)
    }

    @Test("For people: the message, the faults, the hint, each on its line and harmless")
    func text() {
        var error = CommandError(.badSpec, "a\u{1B} has faults", hint: "do\nthis")
        error.faults = [SpecFault(path: "tasks[0]", line: 3, found: "x\u{9B}", expected: "y")]
        error.omittedFaults = 2
        #expect(
            ErrorReport.text(error) == """
                error: a\\x1b has faults
                  tasks[0] (line 3): found x\\u{9b}, expected y
                  … and 2 more
                hint: do\\nthis

                """
        )
    }

    @Test("Of many faults, a hundred are listed for people, all for programs")
    func manyFaults() throws {
        var error = CommandError(.badSpec, "x")
        error.faults = (0..<150).map { SpecFault(path: "\($0)", found: "a", expected: "b") }
        #expect(ErrorReport.text(error).split(separator: "\n").count == 1 + 100 + 1)
        #expect(ErrorReport.text(error).contains("… and 50 more"))
        #expect(try JSONProbe(ErrorReport.json(error).text)["faults"].elements.count == 150)
    }

    @Test("For programs: code, message, hint, and the faults where there are any")
    func json() throws {
        var error = CommandError(.badSpec, "m")
        #expect(
            ErrorReport.json(error).text == #"{"schema":"fleet.error/1","code":"bad_spec","message":"m","hint":null}"#
        )
        error.faults = [SpecFault(path: "p", line: 3, found: "f", expected: "e", hint: "h")]
        let fault = try JSONProbe(ErrorReport.json(error).text)["faults"][0]
        #expect(fault.names == ["path", "line", "found", "expected", "hint"])
        #expect(fault["line"].number == 3)
    }
}

@Suite("What was probably meant")
struct NearestNameTests {
    private static let known = ["status", "stop", "runs", "run", "inspect", "local-1", "20260101-000000-ab12"]

    @Test(
        "Slips and beginnings are near, other words are not",
        arguments: [
            ("stats", "status"), ("sttaus", "status"), ("STATUS", "status"), ("stp", "stop"), ("rn", "run"),
            ("ruin", "run"),
            ("inspekt", "inspect"), ("local_1", "local-1"), ("local-2", "local-1"), ("2026", "20260101-000000-ab12"),
            ("ins", "inspect"), ("in", nil), ("workers", nil), ("", nil), ("zzzzzz", nil),
        ] as [(String, String?)]
    )
    func hint(name: String, expected: String?) {
        #expect(NearestName.hint(name, in: Self.known) == expected.map { "did you mean \($0)?" })
    }

    @Test("A name that came from elsewhere is harmless in the hint")
    func harmless() {
        #expect(NearestName.hint("lint", in: ["lint\u{1B}"]) == "did you mean lint\\x1b?")
    }
}
