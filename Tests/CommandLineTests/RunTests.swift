import Foundation
import Testing

/// Runs from the spec to the receipt, with the executables that were built.
@Suite("Command line: runs")
struct RunTests {
    @Test("a run prints its events and the last line of the documented form; 1 where a task fails")
    func events() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        try bench.write(
            """
            {"name": "mixed", "tasks": [
              {"id": "ok", "command": "echo out; echo artifact > \\"$CODEWHALE_ARTIFACTS_DIR/a.txt\\"", "expected_artifacts": ["log"]},
              {"id": "flaky", "command": "[ $CODEWHALE_ATTEMPT -ge 2 ]",
               "retry_policy": {"max_attempts": 2, "initial_backoff_seconds": 0.01}},
              {"id": "bad", "command": ["sh", "-c", "exit 3"]},
              {"id": "after", "depends_on": ["bad"], "command": ["true"]}
            ]}
            """,
            to: "spec.json"
        )
        let result = try await bench.run("fleet", "run", "spec.json", "--max-workers", "2", "--json")
        #expect(result.code == 1)
        let last = try #require(result.events.last)
        #expect(last["type"] as? String == "run_finished" && last["status"] as? String == "failed")
        let tasks = try #require(last["tasks"] as? [String: Int])
        #expect(tasks == ["total": 4, "passed": 2, "failed": 1, "cancelled": 1, "interrupted": 0])
        let run = try #require(last["run_id"] as? String)
        #expect(last["seconds"] is NSNumber)
        #expect(result.events.filter { $0["type"] as? String == "attempt_finished" }.count == 4)

        let inspected = try await bench.run("fleet", "inspect", "\(run)/ok", "--json").json
        let attempt = try #require(((inspected["task"] as? [String: Any])?["attempts"] as? [[String: Any]])?.first)
        #expect((attempt["exit"] as? [String: Int]) == ["code": 0])
        let artifacts = try #require(attempt["artifacts"] as? [[String: Any]])
        #expect(Set(artifacts.compactMap { $0["kind"] as? String }) == ["log", "file"])
        let log = try #require(artifacts.first { $0["kind"] as? String == "log" })
        #expect(log["bytes"] as? Int == 4)
        // The SHA-256 of "out" and a newline.
        #expect(log["sha256"] as? String == "54034ac5c6e9ea95734ec2b729fd6d62abf64af34a9f9ce5d466cb788191a73d")
        #expect(try await bench.run("fleet", "logs", "\(run)/ok").output == "out\n")
        let copies = try await bench.run("fleet", "artifacts", "\(run)/ok", "--into", "copies")
        #expect(copies.code == 0)
        #expect(try String(contentsOfFile: bench.path("copies/a.txt"), encoding: .utf8) == "artifact\n")
    }

    @Test(
        "every example is accepted as it stands",
        arguments: ["quickstart.json", "all-pass.json", "minimal.json", "pipeline.toml", "agents.json"]
    )
    func examples(_ name: String) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let result = try await bench.run("fleet", "run", "\(Bench.repository)/Examples/\(name)", "--dry-run")
        #expect(result.code == 0, "\(result.diagnostics)")
        #expect(!result.output.isEmpty)
        // A dry run writes nothing.
        #expect(!FileManager.default.fileExists(atPath: bench.path(".codewhale")))
    }

    @Test("0 where every task passes")
    func allPass() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let result = try await bench.run("fleet", "run", "\(Bench.repository)/Examples/all-pass.json")
        #expect(result.code == 0, "\(result.output)\(result.diagnostics)")
    }

    @Test(
        "the specification's minimal example does its job with an agent that echoes, and says what to set without one"
    )
    func minimal() async throws {
        var bench = try Bench()
        defer { #expect(bench.close() == []) }
        let spec = "\(Bench.repository)/Examples/minimal.json"
        let without = try await bench.run("fleet", "run", spec, "--json")
        #expect(without.code == 1)
        let failed = try #require(without.events.first { $0["type"] as? String == "attempt_finished" })
        let failure = try #require(failed["failure"] as? [String: String])
        #expect(failure["class"] == "configuration")
        #expect(failure["message"]?.contains("CODEWHALE_AGENT") ?? false)

        bench.variables["CODEWHALE_AGENT"] = #"["echo", "{prompt}"]"#
        let with = try await bench.run("fleet", "run", spec, "--json")
        #expect(with.code == 0, "\(with.output)\(with.diagnostics)")
        let run = try #require(with.events.last?["run_id"] as? String)
        let log = try await bench.run("fleet", "logs", "\(run)/lint").output
        #expect(log.contains("Run the lint check and report failures."))
    }

    @Test("a value of a variable stands in no file of the workspace")
    func secrets() async throws {
        var bench = try Bench()
        defer { #expect(bench.close() == []) }
        let marker = "marker-\(UUID().uuidString)"
        bench.variables["VISIBLE_TO_TASK"] = marker
        try bench.write(
            """
            {"tasks": [{"id": "t", "command": "test \\"$VISIBLE_TO_TASK\\" = \(marker.prefix(6))\\"${VISIBLE_TO_TASK#\(marker.prefix(6))}\\""}],
             "workers": [{"id": "w", "host": {"kind": "local", "env_allowlist": ["VISIBLE_TO_TASK"]}}]}
            """,
            to: "spec.json"
        )
        let result = try await bench.run("fleet", "run", "spec.json", "--log-level", "trace")
        #expect(result.code == 0, "\(result.diagnostics)")
        #expect(!(result.output + result.diagnostics).contains(marker))
        let files = FileManager.default.enumerator(atPath: bench.workspace)?.compactMap { $0 as? String } ?? []
        #expect(files.contains(".codewhale/fleet.jsonl"))
        for file in files {
            let bytes = FileManager.default.contents(atPath: bench.path(file)) ?? Data()
            #expect(bytes.range(of: Data(marker.utf8)) == nil, "\(file)")
        }
    }
}
