import FleetCore
import Testing

/// How all faults of a document are told at once.
@Suite struct SpecErrorTests {
    @Test func allFaultsAreToldInTheOrderOfLines() {
        let faults = Spec.faults(
            #"""
            {"name": "",
             "taks": [],
             "tasks": [
              {"id": "a", "command": 5, "priority": "x"},
              {"id": "a b", "command": "x",
               "retry_policy": {"max_attempts": 0,
                                "on": ["tsak"]}},
              {"id": "c", "command": "x", "depends_on": ["c"]},
              {"id": "d"}],
             "workers": [{"id": "w",
               "host": {"kind": "local", "env_allowlist": ["TOKEN"]}}],
             "lost_after": []}
            """#
        )
        #expect(
            faults.map { "\($0.line ?? 0) \($0.path)" } == [
                "1 name", "2 taks", "4 tasks[0].command", "4 tasks[0].priority", "5 tasks[1].id",
                "6 tasks[1].retry_policy.max_attempts", "7 tasks[1].retry_policy.on[0]", "8 tasks[2].depends_on",
                "9 tasks[3]", "11 workers[0].host.env_allowlist[0]", "12 lost_after",
            ]
        )
    }

    @Test(arguments: [
        (SpecFault(path: "", found: "a", expected: "b"), "found a, expected b"),
        (SpecFault(path: "", line: 3, found: "a", expected: "b"), "line 3: found a, expected b"),
        (SpecFault(path: "x.y", found: "a", expected: "b", hint: "c"), "x.y: found a, expected b; c"),
        (SpecFault(path: "x.y", line: 3, found: "a", expected: "b"), "x.y (line 3): found a, expected b"),
    ])
    func faultIsOneLine(fault: SpecFault, text: String) { #expect("\(fault)" == text) }

    @Test func fileStandsBeforeEachFault() {
        let fault = SpecFault(path: "x", found: "a", expected: "b")
        let error = SpecError(file: "t.json", faults: [fault, fault], omitted: 3)
        #expect("\(error)" == "t.json: x: found a, expected b\nt.json: x: found a, expected b\nt.json: and 3 more")
    }

    @Test func hundredFaultsAreShownAThousandKeptTheRestCounted() throws {
        let tasks = (0..<1_500).map { _ in "{\"id\": \"/\", \"command\": \"x\"}" }
        let json = Array("[\(tasks.joined(separator: ","))]".utf8)
        let error = try #require(throws: SpecError.self) { try RunSpec(json: json) }
        #expect(error.faults.count == 1_000)
        #expect(error.omitted == 500)
        let lines = "\(error)".split(separator: "\n")
        #expect(lines.count == 101)
        #expect(lines.last == "and 1400 more")
    }

    /// Whatever a document has, a fault is one line of plain characters.
    @Test(arguments: [
        "\\u001b[2J", "\\u009b2J", "\\u0000", "\\n", "\\u202e", "\\u2028", "\u{202e}", "\u{9b}2J", "\u{2028}", "\u{7f}",
    ])
    func controlCharactersReachNoTerminal(_ text: String) {
        let documents = [
            Spec.task("\"\(text)\": 1"), Spec.task("\"priority\": \"\(text)\""),
            Spec.task("\"labels\": {\"\(text)\": 1}"),
            Spec.task("\"env\": {\"\(text)\": \"\"}"), Spec.task("\"\(text)\": x"),
            Spec.task("\"matrix\": {\"\(text)\": 1}"),
            Spec.task("\"depends_on\": [\"\(text)\"]"), Spec.task("\"a\": \(text)"),
            Spec.task("\"a\": \"\(text)\" \(text)"),
            "{\"\(text)\": {\"\(text)\": [1, }", "{\"tasks\": [{\"\(text)\"",
        ]
        for document in documents {
            let faults = Spec.faults(document)
            #expect(!faults.isEmpty)
            for fault in faults {
                let hidden = "\(fault)".unicodeScalars
                    .filter {
                        switch $0.properties.generalCategory {
                        case .control, .format, .lineSeparator, .paragraphSeparator: true
                        default: false
                        }
                    }
                #expect(hidden.isEmpty, "\(document)")
            }
        }
    }

    /// A name of a megabyte does not become a line of a megabyte.
    @Test func longTextsAreCut() {
        let long = String(repeating: "x", count: 1 << 20)
        for document in [
            Spec.task("\"\(long)\": 1"), Spec.task("\"\(long)\": x"), Spec.task("\"priority\": \"\(long)\""),
            "[{\"id\": \"\(long)\"}]", Spec.task("\"depends_on\": [\"\(long)\"]"), Spec.task("\"tags\": [\"\(long)\"]"),
            Spec.task("\"matrix\": {\"\(long)\": [1]}"), "\"\(long)\"",
        ] {
            for fault in Spec.faults(document) { #expect("\(fault)".utf8.count < 1_500) }
        }
    }
}
