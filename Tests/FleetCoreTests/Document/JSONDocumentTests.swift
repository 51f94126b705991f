import FleetCore
import Testing

/// JSON as RFC 8259 has it: what is read, and as what.
@Suite struct JSONDocumentTests {
    private func parse(_ text: String) throws -> DocumentValue { try JSONDocument.parse(Array(text.utf8)) }

    @Test(
        arguments: [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("0", .integer(0)), ("-0", .integer(0)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.5", .number(1.5)), ("1e2", .number(100)),
            ("1E+2", .number(100)), ("25e-1", .number(2.5)), ("-0.0", .number(0)), ("1e-400", .number(0)),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("\"\"", .string("")), ("[]", .array([])),
            ("{}", .object([])), (" \t\r\n 5 \n", .integer(5)),
        ] as [(String, DocumentValue.Content)]
    )
    func value(text: String, content: DocumentValue.Content) throws {
        #expect(try parse(text).content == content)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "A\u{e9}\u{20ac}"),
        (#""\ud83d\udc0b""#, "\u{1f40b}"), (#""\uD800\uDC00\uDBFF\uDFFF""#, "\u{10000}\u{10ffff}"),
        (#""a\u0000b""#, "a\0b"), ("\"é\u{1f40b}\u{7f}\"", "é\u{1f40b}\u{7f}"), (#""é\n""#, "é\n"),
        (#""\uffff\ufeff""#, "\u{ffff}\u{feff}"),
    ])
    func text(json: String, text: String) throws {
        #expect(try parse(json).content == .string(text))
    }

    @Test func linesAreThoseInWhichValuesBegin() throws {
        let document = try parse("\n{\"a\":\n[1,\r\n2],\n\"b\": \"x\\n\", \"c\"\n:\n3}")
        #expect(document.line == 2)
        #expect(document["a"]?.line == 3)
        #expect(document["a"]?.elements.map(\.line) == [3, 4])
        #expect(document["b"]?.line == 5)
        #expect(document["c"]?.line == 7)
    }

    @Test func duplicatesAndOrderAreKept() throws {
        let document = try parse(#"{"b": 1, "a": 2, "b": 3}"#)
        guard case .object(let members) = document.content else {
            Issue.record("no object")
            return
        }
        #expect(members.map(\.name) == ["b", "a", "b"])
        #expect(document["b"]?.content == .integer(1))
    }

    /// Names are kept once however often they come; those that meet in one slot are told apart.
    @Test func namesAreNotMixedUp() throws {
        let names = (0..<2_000).map { "a_rather_long_name_\($0)" }
        let document = try parse("[{\(names.map { "\"\($0)\":0" }.joined(separator: ","))}]")
        guard case .object(let members) = document.elements.first?.content else {
            Issue.record("no object")
            return
        }
        #expect(members.map(\.name) == names)
    }

    @Test func byteOrderMarkOfUTF8IsSkipped() throws {
        #expect(
            try JSONDocument.parse([0xEF, 0xBB, 0xBF] + Array("[5]".utf8)).elements.map(\.content) == [.integer(5)]
        )
    }

    @Test func depthOf64IsRead() throws {
        let most = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try parse(most).line == 1)
    }

    @Test func millionsOfDigitsAreReadSoon() throws {
        let digits = "0." + String(repeating: "3", count: 5_000_000)
        #expect(try parse(digits).content == .number(1.0 / 3))
    }

    /// What is written is read again as the same value.
    @Test func writtenValuesAreReadAgain() throws {
        let json = #"{"a":[1,-2.5,"x\u0001\n\"\\é",true,null,{}],"":{"b":[]}}"#
        let document = try parse(json)
        #expect(JSONText.text(of: document) == json)
    }
}
