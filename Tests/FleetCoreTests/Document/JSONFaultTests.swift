import FleetCore
import Testing

/// What is no JSON: one fault with line, column, and what to do where that can be said.
@Suite struct JSONFaultTests {
    private static func fault(_ bytes: [UInt8], limits: DocumentLimits = .spec) -> SpecFault? {
        do throws(SpecError) {
            _ = try JSONDocument.parse(bytes, limits: limits)
            return nil
        } catch {
            return error.faults.count == 1 ? error.faults.first : nil
        }
    }

    @Test(arguments: [
        FaultCase("", at: "", line: nil, found: "nothing", expected: "a spec in JSON, such as {\"tasks\": [...]}"),
        FaultCase(" \n ", at: "", line: nil, found: "nothing", expected: "a spec in JSON, such as {\"tasks\": [...]}"),
        FaultCase("[1] x", at: "", line: 1, found: "'x' at column 5", expected: "nothing after the document's end"),
        FaultCase("[1,\n 2", at: "[1]", line: 2, found: "the end of the document at column 3", expected: "',' or ']'"),
        FaultCase(
            "[1,]",
            at: "[1]",
            line: 1,
            found: "']' at column 4",
            expected: "a value",
            hint: "JSON has no comma before a closing bracket"
        ),
        FaultCase(
            "{\"a\": 1,\n}",
            at: "a",
            line: 2,
            found: "'}' at column 1",
            expected: "a name in double quotes",
            hint: "JSON has no comma before a closing bracket"
        ),
        FaultCase("{\"a\" 1}", at: "a", line: 1, found: "'1' at column 6", expected: "':' after the name"),
        FaultCase(
            "{\"a\": {\"b\": [0, tru]}}",
            at: "a.b[1]",
            line: 1,
            found: "'t' at column 17",
            expected: "a value, such as true"
        ),
        FaultCase("{a: 1}", at: "", line: 1, found: "'a' at column 2", expected: "a name in double quotes"),
        FaultCase(
            "{",
            at: "",
            line: 1,
            found: "the end of the document at column 2",
            expected: "a name in double quotes"
        ),
        FaultCase("[1 2]", at: "[0]", line: 1, found: "'2' at column 4", expected: "',' or ']'"),
        FaultCase(
            "['x']",
            at: "[0]",
            line: 1,
            found: "''' at column 2",
            expected: "a value",
            hint: "JSON puts texts in double quotes"
        ),
        FaultCase(
            "[1 // one\n]",
            at: "[0]",
            line: 1,
            found: "'/' at column 4",
            expected: "',' or ']'",
            hint: "JSON has no comments"
        ),
        FaultCase("# x", at: "", line: 1, found: "'#' at column 1", expected: "a value", hint: "JSON has no comments"),
        FaultCase("[\0]", at: "[0]", line: 1, found: "a NUL byte at column 2", expected: "a value"),
        FaultCase("[\u{1}]", at: "[0]", line: 1, found: "a control character at column 2", expected: "a value"),
        FaultCase("[é]", at: "[0]", line: 1, found: "'é' at column 2", expected: "a value"),
        FaultCase("[“x”]", at: "[0]", line: 1, found: "'“' at column 2", expected: "a value"),
        FaultCase("[NaN]", at: "[0]", line: 1, found: "'N' at column 2", expected: "a value"),
        FaultCase("[nul]", at: "[0]", line: 1, found: "'n' at column 2", expected: "a value, such as null"),
    ])
    func structure(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase(
            "[\"é\", 01]",
            at: "[1]",
            line: 1,
            found: "a number with a leading 0 at column 7",
            expected: "one without"
        ),
        FaultCase("[-]", at: "[0]", line: 1, found: "']' at column 3", expected: "a digit"),
        FaultCase("[+1]", at: "[0]", line: 1, found: "'+' at column 2", expected: "a value"),
        FaultCase("[.5]", at: "[0]", line: 1, found: "'.' at column 2", expected: "a value"),
        FaultCase("[1.]", at: "[0]", line: 1, found: "']' at column 4", expected: "a digit after the point"),
        FaultCase("[1e]", at: "[0]", line: 1, found: "']' at column 4", expected: "a digit in the exponent"),
        FaultCase("[1e999]", at: "[0]", line: 1, found: "a number out of range at column 2", expected: "a smaller one"),
        FaultCase("[0x10]", at: "[0]", line: 1, found: "'x' at column 3", expected: "',' or ']'"),
    ])
    func number(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase(
            "\"x",
            at: "",
            line: 1,
            found: "the end of the document at column 3",
            expected: "text up to a closing '\"'"
        ),
        FaultCase(
            "[\"a\nb\"]",
            at: "[0]",
            line: 1,
            found: "a control character at column 4",
            expected: "text up to a closing '\"'",
            hint: "write line ends as \\n and tabs as \\t"
        ),
        FaultCase(
            #"["a\x"]"#,
            at: "[0]",
            line: 1,
            found: "an unknown escape at column 4",
            expected: #"one of \" \\ \/ \b \f \n \r \t \u"#,
            hint: #"a backslash itself is written \\"#
        ),
        FaultCase(
            #"["\u12g4"]"#,
            at: "[0]",
            line: 1,
            found: "'\\' at column 3",
            expected: #"four hexadecimal digits after \u"#
        ),
        FaultCase(
            #"["\u12"#,
            at: "[0]",
            line: 1,
            found: "'\\' at column 3",
            expected: #"four hexadecimal digits after \u"#
        ),
        FaultCase(#"["\"#, at: "[0]", line: 1, found: "'\\' at column 3", expected: "an escape"),
        FaultCase(
            #"["\ud83d"]"#,
            at: "[0]",
            line: 1,
            found: "half of a surrogate pair at column 9",
            expected: "both halves"
        ),
        FaultCase(
            #"["\udc0b"]"#,
            at: "[0]",
            line: 1,
            found: "half of a surrogate pair at column 9",
            expected: "both halves"
        ),
        FaultCase(
            #"["\ud83d\u0041"]"#,
            at: "[0]",
            line: 1,
            found: "half of a surrogate pair at column 15",
            expected: "both halves"
        ),
        FaultCase(
            #"["\ud83d\ud83d"]"#,
            at: "[0]",
            line: 1,
            found: "half of a surrogate pair at column 15",
            expected: "both halves"
        ),
        FaultCase(
            #"["\ud83d\n"]"#,
            at: "[0]",
            line: 1,
            found: "half of a surrogate pair at column 9",
            expected: "both halves"
        ),
    ])
    func text(_ fault: FaultCase) { fault.check() }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x90],
            [0xF5, 0x80, 0x80, 0x80], [0xC0, 0x80],
        ] as [[UInt8]]
    )
    func invalidUTF8(_ bytes: [UInt8]) {
        let expected = SpecFault(
            path: "a",
            line: 2,
            found: "bytes that are not UTF-8 at column 9",
            expected: "text in UTF-8",
            hint: "save the file as UTF-8"
        )
        let before = Array("\n{\"a\": \"é".utf8)
        #expect(Self.fault(before + bytes + Array("\"}".utf8)) == expected)
        #expect(Self.fault(before + bytes + Array("\\n\"}".utf8)) == expected)
        let inName = Self.fault(Array("{\"a".utf8) + bytes + Array("\": 1}".utf8))
        #expect(inName?.found == "bytes that are not UTF-8 at column 4")
    }

    @Test(arguments: [[0xFE, 0xFF, 0x00, 0x5B], [0xFF, 0xFE, 0x5B, 0x00]] as [[UInt8]])
    func utf16(_ bytes: [UInt8]) {
        #expect(
            Self.fault(bytes)
                == SpecFault(
                    path: "",
                    line: 1,
                    found: "text in UTF-16 at column 1",
                    expected: "JSON in UTF-8",
                    hint: "save the file as UTF-8"
                )
        )
    }

    /// Without a mark, too, the NUL bytes of UTF-16 give it away.
    @Test(arguments: [[0x00, 0x7B, 0x00, 0x22], [0x7B, 0x00, 0x22, 0x00]] as [[UInt8]])
    func utf16WithoutAMark(_ bytes: [UInt8]) {
        #expect(Self.fault(bytes)?.found.hasPrefix("a NUL byte at column") == true)
    }

    @Test(arguments: ["[", "{\"a\":"]) func deepNestingIsRefused(_ opening: String) {
        for depth in [65, 1_000, 1_000_000] {
            let fault = Self.fault(Array(String(repeating: opening, count: depth).utf8))
            let column = 64 * opening.utf8.count + 1
            #expect(fault?.found == "more than 64 arrays and objects within each other at column \(column)")
            #expect(fault?.expected == "fewer")
        }
    }

    @Test func valuesAreCounted() {
        let limits = DocumentLimits(bytes: 100, values: 4)
        #expect(Self.fault(Array("[1,2,3]".utf8), limits: limits) == nil)
        #expect(Self.fault(Array("[1,2,3,4]".utf8), limits: limits)?.found == "more than 4 values at column 8")
    }

    @Test func columnsCountCharacters() {
        #expect(Self.fault(Array("\u{feff}[\"é\u{1f40b}\" x".utf8))?.found == "'x' at column 7")
    }
}
