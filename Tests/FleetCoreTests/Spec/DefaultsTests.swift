import FleetCore
import Testing

/// What tasks take over from a run's defaults, and what they put in its place.
@Suite struct DefaultsTests {
    /// The one task of a run with defaults.
    private func task(_ defaults: String, _ fields: String = "") throws -> TaskSpec? {
        let task = "{\"id\": \"a\"\(fields.isEmpty ? "" : ", " + fields)}"
        return try Spec.read("{\"defaults\": {\(defaults)}, \"tasks\": [\(task)]}").tasks.first
    }

    @Test func workOfTheDefaultsIsDone() throws {
        #expect(try task(#""command": "x""#)?.work == .shell("x"))
        #expect(try task(#""command": "x""#, #""instructions": "y""#)?.work == .instructions("y"))
        #expect(try task(#""instructions": "x""#, #""command": ["y"]"#)?.work == .command(["y"]))
    }

    @Test func listsAndNumbersAreReplaced() throws {
        let defaults = #""command": "x", "tags": ["d"], "priority": 1, "requires": ["r"], "timeout_seconds": 5"#
        #expect(try task(defaults)?.tags == ["d"])
        let own = try task(defaults, #""tags": [], "priority": 2, "requires": ["s"], "timeout_seconds": null"#)
        #expect(own?.tags == [])
        #expect(own?.priority == 2)
        #expect(own?.requires == ["s"])
        #expect(own?.timeoutSeconds == 5)
    }

    @Test func tablesAreMerged() throws {
        let defaults = #""command": "x", "env": {"A": "1", "B": "1"}, "labels": {"a": "1", "b": "1"}"#
        let own = try task(defaults, #""env": {"B": "2"}, "labels": {"b": "2"}"#)
        #expect(own?.environment == ["A": "1", "B": "2"])
        #expect(own?.labels == ["a": "1", "b": "2"])
    }

    @Test func retryPolicyIsMergedFieldByField() throws {
        let defaults = #""command": "x", "retry_policy": {"max_attempts": 7, "initial_backoff_seconds": 1}"#
        let own = try task(defaults, #""retry_policy": {"initial_backoff_seconds": 2, "on": ["lost"]}"#)
        #expect(own?.retryPolicy == RetryPolicy(maxAttempts: 7, initialBackoff: 2, on: [.lost]))
    }

    /// What a task says of itself, in whatever form, goes before what all tasks are.
    @Test func metadataOfTheTaskGoesBeforeTheDefaults() throws {
        let defaults =
            #""command": "x", "metadata": {"owner": "ann", "priority": 1, "team": "core"}, "labels": {"l": "d"}"#
        let own = try task(defaults, #""metadata": {"owner": "bob", "priority": 2, "l": "t"}"#)
        #expect(own?.labels == ["owner": "bob", "team": "core", "l": "t"])
        #expect(own?.priority == 2)
    }

    /// A fault in the defaults is one fault, whatever number of tasks there are.
    @Test(arguments: [
        #""timeout_seconds": 0"#, #""expected_artifacts": [{"kind": "r", "path": "/x"}]"#, #""input_files": [".."]"#,
        #""env": {"TOKEN": "x"}"#, #""matrix": {"a": []}"#, #""depends_on": ["nobody"]"#,
    ])
    func faultIsToldOnce(_ fields: String) {
        let faults = Spec.faults(
            "{\"defaults\": {\(fields)},\n\"tasks\": [{\"id\": \"a\", \"command\": \"x\"},"
                + " {\"id\": \"b\", \"command\": \"x\"}, {\"id\": \"c\", \"command\": \"x\"}]}"
        )
        #expect(faults.count == 1)
        #expect(faults.first?.path.hasPrefix("defaults.") == true)
        #expect(faults.first?.line == 1)
    }

    @Test func requirementOfTheDefaultsIsNamedThere() {
        let faults = Spec.faults(
            #"""
            {"defaults": {"requires": ["gpu"]},
            "workers": [{"id": "w", "host": {"kind": "local"}, "capabilities": ["gpus"]}],
            "tasks": [{"id": "a", "command": "x", "requires": null}, {"id": "b", "command": "x"}]}
            """#
        )
        #expect(faults.map(\.path) == ["defaults.requires"])
        #expect(faults.first?.line == 1)
        #expect(faults.first?.hint == "did you mean \"gpus\"?")
    }
}
