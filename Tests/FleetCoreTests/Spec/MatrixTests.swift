import FleetCore
import Testing

/// What a matrix makes of a task.
@Suite struct MatrixTests {
    @Test func makesATaskForEachCombinationLastAxisFirst() throws {
        let spec = try Spec.read(
            Spec.task(
                #""matrix": {"os": ["linux", "mac"], "n": [1, 2.5, true]}"#,
                work: #""command": ["t", "{os}-{n}"]"#
            )
        )
        #expect(spec.tasks.map(\.id.rawValue) == ["a.1", "a.2", "a.3", "a.4", "a.5", "a.6"])
        #expect(
            spec.tasks.map(\.work)
                == ["linux-1", "linux-2.5", "linux-true", "mac-1", "mac-2.5", "mac-true"].map { .command(["t", $0]) }
        )
        #expect(spec.tasks.last?.labels == ["os": "mac", "n": "true"])
        try Spec.expectRoundTrip(spec)
    }

    @Test func fillsEveryText() throws {
        let spec = try Spec.read(
            Spec.task(
                #"""
                "matrix": {"x": ["V"]}, "name": "n {x}", "description": "d {x}", "objective": "o {x}",
                "context": ["c {x}"], "env": {"A": "e {x}"}, "requires": ["r-{x}"], "tags": ["t-{x}"],
                "labels": {"l": "l {x}"}, "input_files": ["i/{x}"],
                "expected_artifacts": [{"kind": "k", "path": "p/{x}"}]
                """#,
                work: #""instructions": "do {x}""#
            )
        )
        var expected = TaskSpec(id: TaskID(unchecked: "a.1"), name: "n V", work: .instructions("do V"))
        expected.description = "d V"
        expected.objective = "o V"
        expected.context = "c V"
        expected.environment = ["A": "e V"]
        expected.requires = ["r-V"]
        expected.tags = ["t-V"]
        expected.labels = ["l": "l V", "x": "V"]
        expected.inputFiles = ["i/V"]
        expected.expectedArtifacts = [ExpectedArtifact(kind: "k", path: "p/V")]
        #expect(spec.tasks == [expected])
    }

    @Test(arguments: [
        ("{a}", "1"), ("{a}{b}{a}", "1{a}1"), ("{", "{"), ("{a", "{a"), ("{c}", "{c}"), ("{{a}}", "{1}"), ("{}", "{}"),
        ("${a}", "$1"), ("é{a}é", "é1é"), ("{ab}", "{ab}"), ("", ""),
    ])
    func placesOfOtherNamesStay(text: String, filled: String) throws {
        let quoted = "\"\(text)x\""
        let spec = try Spec.read(
            Spec.task(#""matrix": {"a": [1], "b": ["{a}"]}"#, work: "\"command\": \(quoted)")
        )
        #expect(spec.tasks.map(\.work) == [.shell(filled + "x")])
    }

    @Test func dependencyOnAMatrixIsOnAllItsTasks() throws {
        let spec = try Spec.read(
            #"""
            [{"id": "z", "command": "x", "depends_on": ["m", "m.2"]}, {"id": "m", "command": "x", "matrix": {"a": [1, 2]}}]
            """#
        )
        #expect(spec.tasks.first?.dependsOn.map(\.rawValue) == ["m.1", "m.2"])
        try Spec.expectRoundTrip(spec)
    }

    @Test func defaultsMayGiveAMatrix() throws {
        let spec = try Spec.read(
            #"{"defaults": {"matrix": {"a": [1, 2]}}, "tasks": [{"id": "x", "command": "c"}, {"id": "y", "command": "c"}]}"#
        )
        #expect(spec.tasks.map(\.id.rawValue) == ["x.1", "x.2", "y.1", "y.2"])
    }

    /// What is equal once it is filled in stands there once, as it would have to where it is written out.
    @Test func equalMarksBecomeOne() throws {
        let spec = try Spec.read(
            Spec.task(
                #"""
                "matrix": {"x": ["v"]}, "tags": ["{x}", "v"], "input_files": ["{x}", "v"], "requires": ["{x}", "v"],
                "expected_artifacts": [{"kind": "k", "path": "{x}"}, {"kind": "k", "path": "v"}]
                """#
            )
        )
        #expect(spec.tasks.first?.tags == ["v"])
        #expect(spec.tasks.first?.inputFiles == ["v"])
        #expect(spec.tasks.first?.expectedArtifacts == [ExpectedArtifact(kind: "k", path: "v")])
        try Spec.expectRoundTrip(spec)
    }

    @Test(arguments: [
        FaultCase.task(
            #""matrix": {}"#,
            at: "matrix",
            "an empty object",
            "an object of names, each with an array of values"
        ),
        .task(#""matrix": [1]"#, at: "matrix", "an array", "an object of names, each with an array of values"),
        .task(#""matrix": {"a": []}"#, at: "matrix.a", "an empty array", "an array of at least one value"),
        .task(#""matrix": {"a": "x"}"#, at: "matrix.a", "\"x\"", "an array of at least one value"),
        .task(#""matrix": {"a b": [1]}"#, at: #"matrix."a b""#, "\"a b\"", "a name: \(Words.id.dropFirst(7))"),
        .task(#""matrix": {"a": [1], "a": [2]}"#, at: "matrix.a", "the same name again", "each name once"),
        .task(#""matrix": {"a": [1, null]}"#, at: "matrix.a[1]", "null", "a text, a number, true or false"),
        .task(#""matrix": {"a": [[1]]}"#, at: "matrix.a[0]", "an array", "a text, a number, true or false"),
        // Larger numbers have no exact text.
        .task(
            #""matrix": {"a": [12345678901234567890]}"#,
            at: "matrix.a[0]",
            "1.2345678901234567e+19",
            "a text, a number, true or false",
            hint: "put it in quotes"
        ),
    ])
    func fault(_ fault: FaultCase) { fault.check() }

    /// Texts which are right as they are written, and wrong with a value filled in.
    @Test(arguments: [
        FaultCase.task(#""matrix": {"x": ["a\nb"]}, "name": "{x}""#, at: "name", "\"a\\nb\"", Words.title),
        .task(#""matrix": {"x": [""]}, "objective": "{x}""#, at: "objective", "\"\"", Words.filled),
        .task(#""matrix": {"x": [" "]}, "context": "{x}""#, at: "context", "\" \"", Words.filled),
        .task(#""matrix": {"x": [""]}, "tags": ["{x}"]"#, at: "matrix", "the capability or tag \"\"", Words.title),
        .task(
            #""matrix": {"x": ["\n"]}, "requires": ["{x}"]"#,
            at: "matrix",
            #"the capability or tag "\n""#,
            Words.title
        ),
        .task(
            #""matrix": {"x": [".."]}, "input_files": ["{x}/y"]"#,
            at: "input_files",
            "\"../y\"",
            Words.inner,
            hint: "leave out '..'"
        ),
        .task(
            #""matrix": {"x": ["/etc"]}, "expected_artifacts": [{"kind": "k", "path": "{x}"}]"#,
            at: "expected_artifacts[0].path",
            "\"/etc\"",
            Words.inner,
            hint: Words.noSlash
        ),
        .task(#""matrix": {"x": [""]}"#, work: #""command": "{x}""#, at: "command", line: 2, "\"\"", Words.filled),
        .task(
            #""matrix": {"x": [""]}"#,
            work: #""instructions": "{x}""#,
            at: "instructions",
            line: 2,
            "\"\"",
            Words.filled
        ),
        .task(
            #""matrix": {"x": [""]}"#,
            work: #""command": ["{x}", "y"]"#,
            at: "command",
            line: 2,
            "a program without a name",
            "a program and its arguments, or a text for /bin/sh"
        ),
    ])
    func faultOnceFilled(_ fault: FaultCase) { fault.check() }

    @Test func idOfAMatrixTaskMayNotBeTooLong() {
        let id = String(repeating: "i", count: 127)
        let faults = Spec.faults(#"[{"id": "\#(id)", "command": "x", "matrix": {"a": [1]}}]"#)
        #expect(faults.map(\.path) == ["[0].matrix"])
        #expect(faults.map(\.expected) == [Words.id])
    }

    @Test(arguments: [
        #"[{"id": "a.1", "command": "x"}, {"id": "a", "command": "x", "matrix": {"v": [1]}}]"#,
        #"[{"id": "a", "command": "x", "matrix": {"v": [1]}}, {"id": "a.1", "command": "x"}]"#,
        #"[{"id": "a", "command": "x", "matrix": {"v": [1, 2]}}, {"id": "a.2", "command": "x"}]"#,
        #"[{"id": "a", "command": "x", "matrix": {"v": [1]}}, {"id": "a.1", "command": "x", "matrix": {"v": [1]}}]"#,
    ])
    func idOfAMatrixTaskMayNotBeAnothers(_ document: String) {
        let faults = Spec.faults(document)
        #expect(faults.count == 1)
        #expect(faults.first?.path.hasSuffix(".matrix") == true)
        #expect(faults.first?.expected == "another id")
    }

    /// The element whose matrix made no task is named all the same.
    @Test func sameIDAfterAMatrixWithoutValues() {
        let faults = Spec.faults(
            #"[{"id": "a", "command": "x", "matrix": {"v": []}}, {"id": "a", "command": "x"}, {"id": "b", "command": "x"}]"#
        )
        #expect(faults.map(\.path) == ["[0].matrix.v", "[1].id"])
        #expect(faults.last?.found == "\"a\" again, as in [0]")
    }
}
