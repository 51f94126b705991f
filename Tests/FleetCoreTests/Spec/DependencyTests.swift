import FleetCore
import Testing

/// Dependencies between tasks.
@Suite struct DependencyTests {
    @Test func areKeptInTheOrderOfTheFileEachOnce() throws {
        let spec = try Spec.read(
            #"""
            [{"id": "z", "command": "x", "depends_on": ["b", "m.1", "m", "a"]}, {"id": "a", "command": "x"},
             {"id": "b", "command": "x"}, {"id": "m", "command": "x", "matrix": {"v": [1, 2]}}]
            """#
        )
        #expect(spec.tasks.first?.dependsOn.map(\.rawValue) == ["b", "m.1", "m.2", "a"])
        try Spec.expectRoundTrip(spec)
    }

    @Test(arguments: [
        FaultCase.task(
            #""depends_on": ["A"]"#,
            at: "depends_on[0]",
            "\"A\"",
            "the id of a task of this run",
            hint: "did you mean \"a\"?"
        ),
        .task(#""depends_on": ["nobody"]"#, at: "depends_on[0]", "\"nobody\"", "the id of a task of this run"),
        .task(#""depends_on": ["../x"]"#, at: "depends_on[0]", "\"../x\"", Words.id),
        .task(#""depends_on": ["a"]"#, at: "depends_on", "a cycle: a -> a", "tasks that do not wait for each other"),
        .task(#""depends_on": "a""#, at: "depends_on", "\"a\"", "an array of task ids"),
        .task(
            #""depends_on": ["a"], "matrix": {"v": [1]}"#,
            at: "depends_on",
            "a cycle: a.1 -> a.1",
            "tasks that do not wait for each other"
        ),
        FaultCase(
            "[{\"id\": \"a\", \"command\": \"x\", \"depends_on\": [\"c\"]},\n"
                + "{\"id\": \"b\", \"command\": \"x\", \"depends_on\": [\"a\"]},\n"
                + "{\"id\": \"c\", \"command\": \"x\", \"depends_on\": [\"b\"]}]",
            at: "[0].depends_on",
            line: 1,
            found: "a cycle: a -> c -> b -> a",
            expected: "tasks that do not wait for each other"
        ),
        // A task that is wrong in another way is there all the same.
        FaultCase(
            #"[{"id": "a", "command": 5}, {"id": "b", "command": "x", "depends_on": ["a"]}]"#,
            at: "[0].command",
            line: 1,
            found: "5",
            expected: "an array of arguments"
        ),
    ])
    func fault(_ fault: FaultCase) { fault.check() }

    @Test func longCycleIsShortened() {
        let tasks = (0..<100)
            .map { "{\"id\": \"t\($0)\", \"command\": \"x\", \"depends_on\": [\"t\(($0 + 1) % 100)\"]}" }
        let faults = Spec.faults("[\(tasks.joined(separator: ","))]")
        #expect(faults.count == 1)
        #expect(
            faults.first?.found
                == "a cycle: t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> ... 91 more ... -> t97 -> t98 -> t99 -> t0"
        )
    }

    @Test func everyCycleIsTold() {
        let faults = Spec.faults(
            #"""
            [{"id": "a", "command": "x", "depends_on": ["b"]}, {"id": "b", "command": "x", "depends_on": ["a"]},
             {"id": "c", "command": "x", "depends_on": ["d"]}, {"id": "d", "command": "x", "depends_on": ["c"]},
             {"id": "e", "command": "x", "depends_on": ["e", "a"]}]
            """#
        )
        #expect(faults.map(\.found) == ["a cycle: a -> b -> a", "a cycle: c -> d -> c", "a cycle: e -> e"])
    }

    /// Two hundred thousand arrows, each of which closes a cycle with all the tasks before.
    @Test(.timeLimit(.minutes(5))) func manyCyclesEndSoon() {
        var json = "[{\"id\": \"t0\", \"command\": \"x\", \"depends_on\": [\"t1\"]}"
        for number in 1..<20_000 {
            json += ",{\"id\": \"t\(number)\", \"command\": \"x\", \"depends_on\": [\"t0\""
            json += number < 19_999 ? ", \"t\(number + 1)\"]}" : "]}"
        }
        let faults = Spec.faults(json + "]")
        #expect((1...1_000).contains(faults.count))
        #expect(faults.allSatisfy { $0.found.hasPrefix("a cycle: t0 -> t1") })
    }

    @Test func longChainIsNoCycle() throws {
        let tasks = (0..<5_000)
            .map { number in
                let needs = number == 4_999 ? "" : ", \"depends_on\": [\"t\(number + 1)\"]"
                return "{\"id\": \"t\(number)\", \"command\": \"x\"\(needs)}"
            }
        #expect(try Spec.read("[\(tasks.joined(separator: ","))]").tasks.count == 5_000)
    }
}
