import FleetCore
import Testing

@testable import FleetCommands

@Suite("Lines of bounded length")
struct LineSplitterTests {
    private func lines(_ bytes: [UInt8], limit: Int, by size: Int) -> [LineSplitter.Line] {
        var splitter = LineSplitter(limit: limit)
        var result: [LineSplitter.Line] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            result += splitter.feed(bytes[start..<min(start + size, bytes.count)])
        }
        return result + splitter.finish()
    }

    @Test(
        "Whole lines, however they come",
        arguments: [
            ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\n\n", ["", ""]), ("a\r\n", ["a\r"]),
            ("ü\n€\n🙂", ["ü", "€", "🙂"]),
        ]
    )
    func whole(text: String, expected: [String]) {
        for size in 1...8 {
            let lines = lines(Array(text.utf8), limit: 100, by: size)
            #expect(lines.map(\.text) == expected)
            #expect(!lines.contains { $0.continues })
        }
    }

    @Test(
        "A long line comes in parts, cut between characters, of which all but the last go on",
        arguments: [4, 5, 7, 64]
    )
    func long(limit: Int) {
        let text = String(repeating: "a€ü🙂", count: 50)
        for size in [1, 3, 10, 1_000] {
            let parts = lines(Array((text + "\nz\n").utf8), limit: limit, by: size)
            let line = parts.dropLast()
            #expect(parts.last == LineSplitter.Line(text: "z", continues: false))
            #expect(line.map(\.text).joined() == text)
            #expect(line.dropLast().allSatisfy { $0.continues })
            #expect(line.last?.continues == false)
            #expect(line.allSatisfy { $0.text.utf8.count <= limit })
        }
    }

    @Test("Invalid UTF-8 is replaced, and bounded too")
    func invalid() {
        #expect(lines([0x61, 0xff, 0x62, 0x0a], limit: 10, by: 1).map(\.text) == ["a\u{FFFD}b"])
        let parts = lines([UInt8](repeating: 0x80, count: 100), limit: 8, by: 3)
        #expect(parts.map(\.text).joined() == String(repeating: "\u{FFFD}", count: 100))
    }

    @Test(
        "Events of exec in JSON",
        arguments: [
            (ExecEvent.started(program: "p", pid: 7), #"{"type":"started","program":"p","pid":7}"#),
            (
                .output(.stdout, .init(text: "x\u{1B}", continues: false)),
                #"{"type":"output","stream":"stdout","text":"x\u001b"}"#
            ),
            (
                .output(.stderr, .init(text: "x", continues: true)),
                #"{"type":"output","stream":"stderr","text":"x","continues":true}"#
            ), (.finished(.code(3)), #"{"type":"finished","exit":{"code":3}}"#),
            (.finished(.signal(9)), #"{"type":"finished","exit":{"signal":9}}"#),
            (
                .failed(CommandError(.configuration, "m", hint: "h")),
                #"{"type":"error","class":"configuration","message":"m","hint":"h"}"#
            ),
        ]
    )
    func events(event: ExecEvent, expected: String) {
        #expect(event.json.text == expected)
    }
}
