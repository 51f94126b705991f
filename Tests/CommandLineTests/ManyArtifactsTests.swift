import Testing

/// Attempts that leave more than a host can tell.
@Suite("Command line: many artifacts", .timeLimit(.minutes(1)))
struct ManyArtifactsTests {
    @Test("what no answer holds is told, and the attempt ends with its exit")
    func tooMany() async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        // A thousand files, each with a path of 1,007 bytes.
        let program =
            #"d=$(printf %0251d 0); cd \"$CODEWHALE_ARTIFACTS_DIR\" && mkdir -p $d/$d/$d && cd $d/$d/$d && "#
            + "for i in $(seq 1000); do : > $(printf %0251d $i); done"
        try bench.write(#"{"name": "many", "tasks": [{"id": "many", "command": "\#(program)"}]}"#, to: "spec.json")
        let result = try await bench.run("fleet", "run", "spec.json", "--max-workers", "1", "--json")
        #expect(result.code == 1)
        let end = try #require(result.events.first { $0["type"] as? String == "attempt_finished" })
        #expect(end["exit"] as? [String: Int] == ["code": 0])
        let failure = try #require(end["failure"] as? [String: Any])
        #expect(failure["class"] as? String == "artifact")
        #expect((failure["message"] as? String)?.contains("could not be collected") == true)
        #expect((failure["message"] as? String)?.contains("bytes") == true)
    }
}
