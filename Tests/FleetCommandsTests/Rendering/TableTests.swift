import FleetCore
import Testing

@testable import FleetCommands

@Suite("Tables, lists and wording")
struct TableTests {
    @Test("Columns stand two apart, wide characters counted, nothing after the last")
    func table() {
        var table = TextTable([("NAME", .left), ("N", .right), ("END", .left)])
        table.add(["漢字", "7", "x"])
        table.add(["a", "123", ""])
        #expect(table.text == "NAME    N  END\n漢字    7  x\na     123\n")
    }

    @Test("Cells are made harmless")
    func harmless() {
        var table = TextTable("A")
        table.add(["x\u{1B}\ny"])
        #expect(table.text == "A\nx\\x1b\\ny\n")
        #expect(!table.isEmpty)
    }

    @Test("Fields have their values in one column, and nothing for nil")
    func fields() {
        var list = FieldList()
        list.add("a", "1")
        list.add("longer", nil)
        list.add("abc", "x\ny")
        #expect(list.text() == "  a    1\n  abc  x\\ny\n")
    }

    @Test(
        "Durations",
        arguments: [
            (0.0, "0.0 s"), (0.04, "0.0 s"), (12.34, "12.3 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"),
            (184, "3 min 04 s"), (3_599.6, "1 h 00 min"), (7_500, "2 h 05 min"), (273_600, "3 d 04 h"), (-3, "0.0 s"),
            (.infinity, "–"), (.nan, "–"), (1e300, "–"),
        ]
    )
    func duration(seconds: Double, expected: String) {
        #expect(Wording.duration(seconds) == expected)
    }

    @Test(
        "Clocks",
        arguments: [(0.0, "0:00"), (7, "0:07"), (754.4, "12:34"), (3_723, "1:02:03"), (-1, "0:00"), (.nan, "–")]
    )
    func clock(seconds: Double, expected: String) {
        #expect(Wording.clock(seconds) == expected)
    }

    @Test(
        "Sizes",
        arguments: [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_536, "1.5 KiB"), (8 << 20, "8.0 MiB"),
            (5 << 30, "5.0 GiB"),
            (3 << 40, "3.0 TiB"),
        ] as [(Int64, String)]
    )
    func bytes(count: Int64, expected: String) {
        #expect(Wording.bytes(count) == expected)
    }

    @Test(
        "Numbers without Foundation",
        arguments: [
            (0.05, 1, "0.1"), (1.005, 2, "1.00"), (2.5, 0, "3"), (-1.25, 1, "-1.3"), (-0.01, 1, "0.0"),
            (12.0, 3, "12.000"),
        ]
    )
    func fixed(value: Double, digits: Int, expected: String) {
        #expect(Wording.fixed(value, digits: digits) == expected)
    }

    @Test("Counts, exits and times")
    func wording() {
        #expect(Wording.count(1, "task") == "1 task")
        #expect(Wording.count(0, "process", "processes") == "0 processes")
        #expect(Wording.exit(.code(137)) == "exit 137")
        #expect(Wording.exit(.signal(9)) == "signal 9 (KILL)")
        #expect(Wording.exit(.signal(40)) == "signal 40")
        #expect(Wording.time(Timestamp(milliseconds: 1_767_225_599_999)) == "2025-12-31 23:59:59Z")
        #expect(Wording.counts(TaskCounts()) == "no tasks")
        #expect(Wording.tally(Tally(total: 5, passed: 2, failed: 1)) == "2 queued, 2 passed, 1 failed")
    }

    @Test(
        "JSON is written with its fields in order, and harmless",
        arguments: [
            (JSONValue.null, "null"), (.bool(true), "true"), (.int(-7), "-7"), (.number(0.25), "0.25"),
            (.number(3), "3"),
            (.number(.nan), "null"), (.number(1e300), "1e+300"), (.seconds(1.23456), "1.235"),
            (.optional(nil as String?), "null"),
            (.string("a\"\\\n\t\u{1B}\u{9B}\u{202E}ü🙂"), #""a\"\\\n\t\u001b\u009b\u202eü🙂""#),
            (.array([.int(1), .array([])]), "[1,[]]"),
            (.object(["z": .int(1), "a": .object([:])]), #"{"z":1,"a":{}}"#),
            (.map(["b": "2", "a": "1"]), #"{"a":"1","b":"2"}"#),
        ]
    )
    func json(value: JSONValue, expected: String) {
        #expect(value.text == expected)
    }

    @Test("An answer begins with its schema")
    func answer() {
        #expect(JSONObject.answer("runs", ["a": .int(1)]).text == #"{"schema":"fleet.runs/1","a":1}"#)
    }
}
