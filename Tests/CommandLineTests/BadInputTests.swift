import Foundation
import TestServers
import Testing

/// Bad input: the documented exit code, a sentence that helps, and nothing lost.
@Suite("Command line: bad input")
struct BadInputTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let what: String
        let arguments: [String]
        let code: Int32
        let words: String
        var testDescription: String { what }
    }

    static let examples: [Example] = [
        Example(what: "missing spec", arguments: ["run", "missing.json"], code: 66, words: "missing.json"),
        Example(what: "directory", arguments: ["run", "folder"], code: 66, words: "directory"),
        Example(what: "empty spec", arguments: ["run", "empty.json"], code: 65, words: "expected"),
        Example(what: "invalid UTF-8", arguments: ["run", "latin.json"], code: 65, words: "UTF-8"),
        Example(what: "deep nesting", arguments: ["run", "deep.json"], code: 65, words: "within each other"),
        Example(what: "unknown field", arguments: ["run", "typo.json"], code: 65, words: "timeout_seconds"),
        Example(what: "100 MB", arguments: ["run", "huge.json"], code: 65, words: "16 MiB"),
        Example(
            what: "no directory",
            arguments: ["init", "--workspace", "none/deeper"],
            code: 73,
            words: "make it first"
        ),
        Example(what: "unknown run", arguments: ["status", "nope"], code: 66, words: "nope"),
        Example(what: "unknown worker", arguments: ["interrupt", "nope"], code: 66, words: "nope"),
        Example(what: "unknown task", arguments: ["inspect", "nope/task"], code: 66, words: "nope"),
        Example(what: "unknown option", arguments: ["run", "typo.json", "--nope"], code: 64, words: "nope"),
        Example(what: "unknown verb", arguments: ["nope"], code: 64, words: "nope"),
    ]

    private static func prepare(_ bench: Bench) throws {
        try FileManager.default.createDirectory(atPath: bench.path("folder"), withIntermediateDirectories: true)
        try bench.write("", to: "empty.json")
        try Data([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).write(to: URL(fileURLWithPath: bench.path("latin.json")))
        try bench.write(String(repeating: "[", count: 100_000), to: "deep.json")
        try bench.write(#"[{"id": "a", "command": ["true"], "timeout_secs": 1}]"#, to: "typo.json")
        _ = FileManager.default.createFile(atPath: bench.path("huge.json"), contents: nil)
        truncate(bench.path("huge.json"), 100_000_000)
    }

    @Test("for people and for programs", arguments: examples)
    func table(_ example: Example) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        try Self.prepare(bench)
        #expect(try await bench.run("fleet", "init").code == 0)
        let ledger = FileManager.default.contents(atPath: bench.path(".codewhale/fleet.jsonl"))
        for isJSON in [false, true] {
            var plan = try bench.plan(["fleet"] + example.arguments + (isJSON ? ["--json"] : []))
            plan.output = bench.path("told")
            plan.errors = plan.output
            let end = try await ChildProcess.finish(plan)
            let told = try String(contentsOfFile: plan.output, encoding: .utf8)
            #expect(end == .exited(example.code), "\(told)")
            #expect(told.contains(example.words), "\(told)")
            if isJSON { #expect(told.hasPrefix(#"{"schema":"fleet.error/1","#), "\(told)") }
            unlink(plan.output)
        }
        #expect(FileManager.default.contents(atPath: bench.path(".codewhale/fleet.jsonl")) == ledger)
    }

    @Test("a damaged ledger is read as far as it is whole, and the damage is told")
    func damagedLedger() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let spec = "\(Bench.repository)/Examples/all-pass.json"
        #expect(try await bench.run("fleet", "run", spec).code == 0)
        let ledger = bench.path(".codewhale/fleet.jsonl")
        var bytes = try #require(FileManager.default.contents(atPath: ledger))
        bytes[bytes.count / 2] ^= 0x20
        bytes.append(Data(#"{"v":1,"seq":99"#.utf8))
        try bytes.write(to: URL(fileURLWithPath: ledger))
        let status = try await bench.run("fleet", "status")
        #expect(status.code == 0 && status.diagnostics.contains("checksum"))
        #expect(status.diagnostics.contains("an unfinished last line of 15 bytes"))
        // The torn tail is kept aside when the next run appends.
        let next = try await bench.run("fleet", "run", spec)
        #expect(next.code == 0 && next.diagnostics.contains("checksum"))
        #expect(next.diagnostics.contains("an unfinished last line of 15 bytes"))
        let aside = try FileManager.default.contentsOfDirectory(atPath: bench.path(".codewhale"))
            .filter { $0.contains("torn") }
        #expect(aside.count == 1)
    }

    @Test("a foreign file in the ledger's place is not touched")
    func foreignLedger() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        #expect(try await bench.run("fleet", "init").code == 0)
        let text = "my shopping list\n- bread\n"
        try bench.write(text, to: ".codewhale/fleet.jsonl")
        let result = try await bench.run("fleet", "run", "\(Bench.repository)/Examples/all-pass.json")
        #expect(result.code == 73 && result.diagnostics.contains("is not a ledger"))
        #expect(try String(contentsOfFile: bench.path(".codewhale/fleet.jsonl"), encoding: .utf8) == text)
    }

    @Test("two inits at once agree")
    func twoInits() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        async let one = bench.run("fleet", "init")
        async let two = bench.run("fleet", "init")
        let codes = try await [one.code, two.code]
        #expect(codes == [0, 0])
        let id = try String(contentsOfFile: bench.path(".codewhale/fleet/workspace"), encoding: .utf8)
        #expect(id.utf8.count == 17)
    }

    @Test("tasks that misbehave leave no process, and fail in their own way")
    func misbehaving() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        try bench.write(
            """
            [{"id": "missing", "command": ["no-such-program"]},
             {"id": "deaf", "command": "trap '' TERM INT; sleep 300", "timeout_seconds": 0.2},
             {"id": "background", "command": "setsid sleep 300 & echo done"},
             {"id": "loud", "command": "yes | head -c 50000000", "log_limit_bytes": 65536},
             {"id": "chain", "command": "sh -c 'setsid sh -c \\"setsid sleep 300 & sleep 300\\" &' & exit 4"}]
            """,
            to: "spec.json"
        )
        let result = try await bench.run("fleet", "run", "spec.json", "--max-workers", "5", "--json")
        #expect(result.code == 1)
        var ends: [String: [String: Any]] = [:]
        for event in result.events where event["type"] as? String == "attempt_finished" {
            if let task = event["task_id"] as? String { ends[task] = event }
        }
        func failure(_ task: String) -> String? { (ends[task]?["failure"] as? [String: String])?["class"] }
        #expect(failure("missing") == "configuration")
        #expect(failure("deaf") == "timeout")
        #expect(
            ends["background"]?["outcome"] as? String == "passed" && ends["background"]?["left_behind"] as? Int == 1
        )
        #expect((ends["loud"]?["log"] as? [String: Any])?["bytes"] as? Int == 50_000_000)
        #expect(failure("chain") == "task")
        #expect(bench.processes() == [])
    }
}
