import FleetCore
import Testing

@testable import FleetCommands

/// A value in short, for comparisons: `{a: 1@2}@1` is an object whose member stands in line 2.
private func shown(_ value: DocumentValue) -> String {
    let content =
        switch value.content {
        case .array(let elements): "[" + elements.map(shown).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.name): \(shown($0.value))" }.joined(separator: ", ") + "}"
        case .other(let words): words
        default: value.foundText
        }
    return "\(content)@\(value.lineNumber)"
}

@Suite("TOML: what is read")
struct TOMLDocumentTests {
    @Test(
        "Values with their lines, in the order of the file",
        arguments: [
            ("", "{}@1"),
            ("b = 1\na = true", "{b: 1@1, a: true@2}@1"),
            ("x = 0x1F\ny = 1_000\nz = 1.5\nw = 1e3", "{x: 31@1, y: 1000@2, z: 1.5@3, w: 1000.0@4}@1"),
            ("x = 0o17\ny = 0b11\nz = -0\nw = +9", "{x: 15@1, y: 3@2, z: 0@3, w: 9@4}@1"),
            ("# c\n\n  [t]  # c\nx = 'a#b'", "{t: {x: \"a#b\"@4}@3}@1"),
            (
                "[[tasks]]\nid = 'a'\n[[tasks]]\nid = \"b\"\n[tasks.env]\nA = '1'",
                "{tasks: [{id: \"a\"@2}@1, {id: \"b\"@4, env: {A: \"1\"@6}@5}@3]@1}@1"
            ),
            ("a.b.c = 1\na.b.d = 2", "{a: {b: {c: 1@1, d: 2@2}@1}@1}@1"),
            ("\"q w\".'x.y' = 1", "{q w: {x.y: 1@1}@1}@1"),
            ("\"\\u00e9\\\"\" = 1", "{é\": 1@1}@1"),
            (
                "l = [\n  1, # one\n  [2],\n  {k = 3, j = 4},\n]\nm = 5",
                "{l: [1@2, [2@3]@3, {k: 3@4, j: 4@4}@4]@1, m: 5@6}@1"
            ),
            ("s = \"\"\"\na\"\"b\\\n  c\"\"\"\"\nn = 1", "{s: \"a\\\"\\\"bc\\\"\"@1, n: 1@4}@1"),
            ("s = '''\n[x]\n'''\nn = 1", "{s: \"[x]\\n\"@1, n: 1@4}@1"),
            ("s = \"\\b\\t\\n\\f\\r\\\"\\\\\\u00E9\\U0001F600\"", "{s: \"\\u{8}\\t\\n\\u{c}\\r\\\"\\\\é😀\"@1}@1"),
            ("d = 1979-05-27\ne = 1979-05-27T07:32:00Z\nf = 07:32:00", "{d: a date@1, e: a date@2, f: a time@3}@1"),
            ("d = [1979-05-27 07:32:00, 1]", "{d: [a date@1, 1@1]@1}@1"),
            ("x = inf\ny = nan", "{x: a number that is not finite@1, y: a number that is not finite@2}@1"),
            ("a = 1\r\nb = 2\r\n", "{a: 1@1, b: 2@2}@1"),
            ("\u{FEFF}a = 1", "{a: 1@1}@1"),
        ]
    )
    func values(text: String, expected: String) throws {
        #expect(shown(try TOMLDocument.parse(Array(text.utf8))) == expected)
    }

    @Test(
        "What the specification allows is read",
        arguments: [
            "[a.b]\n[a]\nc = 1", "[a]\nb.c = 1\n[a.b.d]", "[[a]]\n[a.b]\n[[a]]\n[a.b]", "[ a . 'b' ]", "'' = 1",
            "1979-05-27 = 1", "3.14 = 1", "a = [1, 'x', [], {}, ]", "a = [ # c\n\n]", "a = 1979-05-27t07:32:00.5z",
            "a = 2024-02-29", "a = +1_000.5e-1_0", "a = -0", "a = 0", "a = 0.0", "a = ''''x''''", "a = \"\\u0000\"",
            "a = \"\"\"\\\n\n  x\"\"\"", "#\ta", "a = {b = {c.d = [1,\n2]}}", "a = 1979-05-27 07:32:00.5-07:00",
        ]
    )
    func allowed(text: String) throws {
        _ = try TOMLDocument.parse(Array(text.utf8))
    }

    @Test("64 arrays and tables within each other are read, as in JSON")
    func deepest() throws {
        let text = "a = " + String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        let json = "{\"a\": " + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}"
        let value = try TOMLDocument.parse(Array(text.utf8))
        #expect(value == (try JSONDocument.parse(Array(json.utf8))))
    }

    @Test("A hundred thousand tables are read in time that grows with their number")
    func many() throws {
        let text = (0..<100_000).map { "[[tasks]]\nid = 't\($0)'\n" }.joined()
        let document = try TOMLDocument.parse(Array(text.utf8))
        #expect(document["tasks"]?.elements.count == 100_000)
        #expect(document["tasks"]?.elements.last?["id"]?.line == 200_000)
    }
}
