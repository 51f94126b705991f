import FleetCore
import TestSupport
import Testing

@testable import FleetCommands

@Suite("TOML: what is refused")
struct TOMLMistakeTests {
    @Test(
        "A mistake is told with line and column",
        arguments: [
            ("a = 1\nb = ", "line 2: found the end of the document at column 5, expected a value"),
            ("a = 1\na = 2", "line 2: found \"a\" again at column 3, expected each name once"),
            ("[t\nx = 1", "line 1: found the end of the line at column 3, expected ']'"),
            ("a = 1\nb = '\0'", "line 2: found a NUL byte at column 6, expected text up to a closing '"),
            ("a = yes", "line 1: found \"yes\" at column 5, expected a value; a text stands in quotes"),
            ("a = 1 b = 2", "line 1: found 'b' at column 7, expected the line's end"),
            ("a = 9223372036854775808", "line 1: found a number out of range at column 5, expected a smaller one"),
            ("a = 1e999", "line 1: found a number out of range at column 5, expected a smaller one"),
            ("ä = 1", "line 1: found \"ä\" at column 1, expected a name"),
            ("é = 'ö", "line 1: found \"é\" at column 1, expected a name"),
            ("a = 'öö", "line 1: found the end of the document at column 8, expected text up to a closing '"),
            (
                "a = {b = 1,}",
                "line 1: found '}' at column 12, expected a name; "
                    + "a table in braces stands on one line, without a comma at its end"
            ),
        ]
    )
    func mistakes(text: String, expected: String) {
        let error = #expect(throws: SpecError.self) { try TOMLDocument.parse(Array(text.utf8)) }
        #expect(error?.faults.count == 1)
        #expect(error?.description == expected)
    }

    @Test(
        "What the specification forbids of keys and tables",
        arguments: [
            "[a]\n[a]", "[a.b]\n[a]\n[a]", "a.b = 1\n[a]", "[a]\nb.c = 1\n[a.b]", "[a.b.c]\n[a]\nb.c.d = 1",
            "a = 1\na.b = 2", "a = 1\n[a.b]", "a = {}\n[a.b]", "a = {}\na.b = 1", "a = []\n[[a]]", "[[a]]\n[a]",
            "[a]\n[[a]]", "[[a.b]]\n[[a]]", "a = {b = 1, b = 2}", "a = {b.c = 1, b = 2}", "a = {,}", "a = {b = 1\n}",
            "= 1", "a", "a =", "a = \n1", "a.= 1", ".a = 1", "a..b = 1", "\"\"\"a\"\"\" = 1", "[]", "[ ]", "[a]]",
            "[[a] ]", "[a] b = 1", "a b = 1", "[=]", "]", "}", "[", "[[", "{", "\\",
        ]
    )
    func tables(text: String) {
        #expect(throws: SpecError.self) { try TOMLDocument.parse(Array(text.utf8)) }
    }

    @Test(
        "What the specification forbids of values",
        arguments: [
            "01", "1_", "_1", "1__0", "+0x1", "0xg", "0o8", "0b2", "0x", "0X1", "1.", ".1", "1.e1", "1e", "1_.0",
            "1._0", "03.1", "True", "infinity", "1979-02-29", "1979-13-01", "1979-05-27T", "1979-05-27T24:00:00",
            "07:32", "07:32:00.", "07:32:00Z", "1979-05-27T07:32:00+25:00", "1979-05-27T}", "[1 2]", "[,]", "[1,,2]",
            "[}", "[\u{A0}]", "'\n'", "\"\u{1}\"", "'x\u{7F}'", "\"\\uD800\"", "\"\\u12\"", "\"\\x41\"", "\"\"\"x",
            "'''x''", "\"\"\"\u{1}\"\"\"", "1 # \u{1}", "1\rb = 2", "\"\\", "\"\\u", "{", "[", "'''\r'''",
        ]
    )
    func values(text: String) {
        #expect(throws: SpecError.self) { try TOMLDocument.parse(Array(("a = " + text).utf8)) }
    }

    @Test("Bytes that are not UTF-8 are told with line and column")
    func invalidUTF8() {
        let error = #expect(throws: SpecError.self) {
            try TOMLDocument.parse(Array("a = 1\nb = 'ä".utf8) + [0xff])
        }
        #expect(
            error?.description
                == "line 2: found bytes that are not UTF-8 at column 7, expected text in UTF-8; save the file as UTF-8"
        )
    }

    @Test(
        "Depth is held to the limit of 64",
        arguments: [
            "a = " + String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
            "a = " + String(repeating: "[", count: 20_000),
            "a = " + String(repeating: "{a = ", count: 20_000),
            "[" + String(repeating: "a.", count: 20_000) + "a]",
            String(repeating: "a.", count: 20_000) + "a = 1",
            "[" + String(repeating: "a.", count: 50) + "a]\n" + String(repeating: "a.", count: 50) + "a = 1",
        ]
    )
    func depth(text: String) {
        let error = #expect(throws: SpecError.self) { try TOMLDocument.parse(Array(text.utf8)) }
        #expect(error?.description.contains("more than 64") == true, "\(error?.description ?? "")")
    }

    @Test("Size and number of values are held to their limits")
    func limits() {
        let limits = DocumentLimits(bytes: 20, values: 3)
        let large = #expect(throws: SpecError.self) {
            try TOMLDocument.parse(Array("a = 'aaaaaaaaaaaaaaaaaa'".utf8), limits: limits)
        }
        #expect(large?.description.contains("a document of 24 bytes") == true)
        let many = #expect(throws: SpecError.self) {
            try TOMLDocument.parse(Array("a = [1, 2, 3]".utf8), limits: limits)
        }
        #expect(many?.description.contains("more than 3 values") == true)
    }

    @Test("A document with pieces put into it anywhere ends in a value or an error", arguments: [7, 2_026] as [UInt64])
    func mutated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var changed = Self.document
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<changed.count, using: &generator)
                let end = min(place + Int.random(in: 0...2, using: &generator), changed.count)
                changed.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &generator) ?? [])
            }
            _ = try? TOMLDocument.parse(changed)
        }
    }

    private static let document = Array(
        """
        name = "x" # c
        [defaults]
        env = { A = '1', "b.c" = "\\u00e9" }
        [[tasks]]
        id = 'a'
        command = [ "x", "y", [1, 2.5e3, 0x1F, 1979-05-27T07:32:00Z, 07:32:00.5] ]
        text = \"\"\"
        a "quoted" \\
          line\"\"\"
        [tasks.labels]
        a.b = true
        """
        .utf8
    )

    private static let pieces =
        [
            "[", "]", "[[", "]]", "{", "}", "=", ",", ".", "\"", "'", "\"\"\"", "'''", "\\", "a", "1", "\n", "\r\n",
            " ", "#", "\\u00", "+", "-", "_", "0x", "0b1", "1e", ":", "T", "true", "inf", "nan", "1979-05-27", "07:32",
            "\u{A0}", "\u{2028}", "\u{FEFF}", "\u{85}", "\t", "\u{7F}", "\u{1}", "é", "😀", "",
        ]
        .map { Array($0.utf8) } + [[0xff], [0xc3]]
}
