import FleetCore
import Testing

/// The bounds of documents, runs and tasks: what is just below is read, what is just above is refused.
@Suite struct SpecLimitTests {
    @Test func documentOf16MiBIsRead() throws {
        let task = #"[{"id": "a", "command": "x"}]"#
        let most = task + String(repeating: " ", count: (16 << 20) - task.utf8.count)
        #expect(try Spec.read(most).tasks.count == 1)
        #expect(
            Spec.faults(most + " ") == [
                SpecFault(
                    path: "",
                    found: "a document of 16777217 bytes",
                    expected: "at most 16 MiB",
                    hint: "put the tasks into several runs, or let a \"matrix\" make them"
                )
            ]
        )
    }

    @Test(.timeLimit(.minutes(5))) func documentOf100MBIsRefusedUnread() {
        let faults = Spec.faults([UInt8](repeating: UInt8(ascii: "["), count: 100_000_000))
        #expect(faults.map(\.found) == ["a document of 100000000 bytes"])
    }

    @Test func matrixOf100000TasksIsExpanded() throws {
        let axis = "[\(Array(repeating: "1", count: 100).joined(separator: ","))]"
        let document = Spec.task("\"matrix\": {\"a\": \(axis), \"b\": \(axis), \"c\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}")
        #expect(try Spec.read(document).tasks.count == 100_000)
    }

    @Test(arguments: [
        // 100,001 = 11 × 9,091.
        (11, 9_091), (1_000, 1_000),
    ])
    func largerMatrixIsRefused(first: Int, second: Int) {
        let axes = [first, second].map { "[\(Array(repeating: "1", count: $0).joined(separator: ","))]" }
        FaultCase.task(
            "\"matrix\": {\"a\": \(axes[0]), \"b\": \(axes[1])}",
            at: "",
            "a matrix that makes more tasks than a run may have",
            "at most 100000"
        )
        .check()
    }

    /// The product of the axes does not fit a machine word.
    @Test func matrixBeyondAllNumbersIsRefused() {
        let axis = "[\(Array(repeating: "1", count: 100).joined(separator: ","))]"
        let axes = (0..<40).map { "\"a\($0)\": \(axis)" }.joined(separator: ", ")
        let faults = Spec.faults(Spec.task("\"matrix\": {\(axes)}"))
        #expect(faults.map(\.found) == ["a matrix that makes more tasks than a run may have"])
    }

    @Test func taskAfterTheLastIsRefused() {
        let axis = "[\(Array(repeating: "1", count: 1_000).joined(separator: ","))]"
        let hundred = "[\(Array(repeating: "1", count: 100).joined(separator: ","))]"
        let faults = Spec.faults(
            "[{\"id\": \"a\", \"command\": \"x\", \"matrix\": {\"a\": \(axis), \"b\": \(hundred)}},\n"
                + "{\"id\": \"b\", \"command\": \"x\"}]"
        )
        #expect(
            faults == [
                SpecFault(path: "[1]", line: 2, found: "more tasks than a run may have", expected: "at most 100000")
            ]
        )
    }

    @Test func moreDependenciesThanAMillionAreRefused() {
        let axis = "[\(Array(repeating: "1", count: 1_001).joined(separator: ","))]"
        let faults = Spec.faults(
            "[{\"id\": \"a\", \"command\": \"x\", \"matrix\": {\"v\": \(axis)}},\n"
                + "{\"id\": \"b\", \"command\": \"x\", \"matrix\": {\"v\": \(axis)}, \"depends_on\": [\"a\"]}]"
        )
        #expect(
            faults == [
                SpecFault(
                    path: "[1].depends_on",
                    line: 2,
                    found: "more dependencies than a run may have",
                    expected: "at most 1000000, those on a matrix counted for each of its tasks"
                )
            ]
        )
    }

    /// A small document that would become 100 GB.
    @Test(arguments: [
        "description", "context", "tags", "input_files", "requires", "labels", "env", "expected_artifacts",
    ])
    func textsOfAllTasksAreBounded(_ field: String) {
        let text = String(repeating: "y", count: 200)
        let texts = (0..<400).map { "\"\(text)\($0)\"" }.joined(separator: ",")
        let table = (0..<400).map { "\"N\($0)\": \"\(text)\"" }.joined(separator: ",")
        let artifacts = (0..<400).map { "{\"kind\": \"k\($0)\", \"path\": \"\(text)\"}" }.joined(separator: ",")
        let value =
            switch field {
            case "description": "\"\(String(repeating: "y", count: 100_000))\""
            case "labels", "env": "{\(table)}"
            case "expected_artifacts": "[\(artifacts)]"
            default: "[\(texts)]"
            }
        let axis = "[\(Array(repeating: "1", count: 100).joined(separator: ","))]"
        let tasks = (0..<10)
            .map { "{\"id\": \"t\($0)\", \"command\": \"x\", \"matrix\": {\"a\": \(axis), \"b\": \(axis)}}" }
        let faults = Spec.faults(
            "{\"defaults\": {\"\(field)\": \(value)}, \"tasks\": [\(tasks.joined(separator: ","))]}"
        )
        #expect(faults.map(\.found) == ["too much text in all tasks"])
        #expect(faults.map(\.expected) == ["at most 256 MiB"])
    }

    @Test func textsOfTasksWithoutAMatrixAreBoundedToo() {
        let text = String(repeating: "y", count: 100_000)
        let tasks = (0..<3_000).map { "{\"id\": \"t\($0)\"}" }
        let faults = Spec.faults(
            "{\"defaults\": {\"command\": \"x\", \"context\": \"\(text)\"}, \"tasks\": [\(tasks.joined(separator: ","))]}"
        )
        #expect(faults.map(\.found) == ["too much text in all tasks"])
    }

    @Test func instructionsOf96KiBAreRead() throws {
        let most = String(repeating: "i", count: 96 << 10)
        #expect(try Spec.read(Spec.task("", work: "\"instructions\": \"\(most)\"")).tasks.count == 1)
        FaultCase.task(
            "",
            work: "\"instructions\": \"\(most)i\"",
            at: "instructions",
            line: 2,
            "98305 bytes with objective and context",
            "at most 98304",
            hint: Words.long
        )
        .check()
        FaultCase.task(
            "\"objective\": \"green\"",
            work: "\"instructions\": \"\(most)\"",
            at: "instructions",
            line: 2,
            "98322 bytes with objective and context",
            "at most 98304",
            hint: Words.long
        )
        .check()
    }

    @Test func argumentOf96KiBIsRead() throws {
        let most = String(repeating: "i", count: 96 << 10)
        #expect(try Spec.read(Spec.task("", work: "\"command\": [\"x\", \"\(most)\"]")).tasks.count == 1)
        FaultCase.task(
            "",
            work: "\"command\": [\"x\", \"\(most)i\"]",
            at: "command",
            line: 2,
            "an argument of 98305 bytes",
            "at most 98304",
            hint: Words.long
        )
        .check()
    }

    /// Arguments and variables travel in one frame of at most 1 MiB, with their lengths.
    @Test(arguments: [(count: 300_000, bytes: 0), (8, 96 << 10)])
    func argumentsAndVariablesTogetherAreBounded(count: Int, bytes: Int) {
        let argument = "\"\(String(repeating: "i", count: bytes))\""
        let list = Array(repeating: argument, count: count).joined(separator: ",")
        let faults = Spec.faults(
            Spec.task("\"env\": {\"A\": \(argument), \"B\": \(argument)}", work: "\"command\": [\"x\", \(list)]")
        )
        #expect(faults.map(\.path) == ["tasks[0].command"])
        #expect(faults.map(\.expected) == ["at most 786432"])
        #expect(faults.first?.found.hasPrefix("arguments and variables of ") == true)
    }

    @Test(arguments: [(127, true), (128, true), (129, false)]) func idHasAtMost128Bytes(count: Int, isGood: Bool) {
        let id = String(repeating: "i", count: count)
        #expect(Spec.faults("[{\"id\": \"\(id)\", \"command\": \"x\"}]").isEmpty == isGood)
        #expect((TaskID(id) != nil) == isGood)
    }

    @Test(arguments: [(256, true), (257, false)]) func nameHasAtMost256Bytes(count: Int, isGood: Bool) {
        let name = String(repeating: "n", count: count)
        #expect(Spec.faults(Spec.task("\"name\": \"\(name)\"")).isEmpty == isGood)
    }

    @Test func moreThan10000WorkersAreRefused() {
        let worker = "{\"id\": \"w\", \"host\": {\"kind\": \"local\"}}"
        let list = Array(repeating: worker, count: 10_001).joined(separator: ",")
        let faults = Spec.faults("{\"workers\": [\(list)], \"tasks\": [{\"id\": \"a\", \"command\": \"x\"}]}")
        #expect(
            faults == [SpecFault(path: "workers", line: 1, found: "10001 workers", expected: "at most 10000")]
        )
    }
}
