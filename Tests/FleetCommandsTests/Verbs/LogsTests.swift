import FleetCore
import FleetLedger
import FleetSupervisor
import Testing

@testable import FleetCommands

@Suite("logs, on files laid down by hand", .timeLimit(.minutes(1)))
struct LogsTests {
    private static let run = TestWorkspace.run

    /// The example run, with a log of its task `bad`, attempt 1.
    private func workspace(head: [UInt8], segments: [(offset: Int, bytes: [UInt8])] = []) throws -> TestWorkspace {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let path = ".codewhale/fleet/\(Self.run)/logs/bad.1.log"
        if !head.isEmpty { try workspace.directory.write(path, head) }
        for segment in segments { try workspace.directory.write("\(path).\(segment.offset)", segment.bytes) }
        return workspace
    }

    @MainActor
    private func logs(
        _ workspace: TestWorkspace,
        _ arguments: String...,
        onTerminal: Bool = false
    ) async throws -> (code: Int32, console: TestConsole) {
        let console = try TestConsole(outputIsTerminal: onTerminal)
        let words = ["fleet", "logs", "--workspace", workspace.place.root] + arguments
        return (await CommandLineEntry.run(words, console: console.console), console)
    }

    @Test("A log is printed as it is where that is no terminal")
    @MainActor
    func raw() async throws {
        let workspace = try workspace(head: Array("ab\u{1B}[31m\0ü\r\n".utf8))
        let (code, console) = try await logs(workspace, "\(Self.run)/bad", "--attempt", "1")
        #expect(code == 0)
        #expect(console.output == "ab\u{1B}[31m\0ü\r\n")
        #expect(console.diagnostics.isEmpty)
    }

    @Test("On a terminal it is made harmless, invalid UTF-8 and cut characters too")
    @MainActor
    func terminal() async throws {
        let workspace = try workspace(head: Array("a\u{1B}[31m\u{9B}ü\r\n\tb".utf8) + [0xff, 0xc3])
        let (_, console) = try await logs(workspace, "\(Self.run)/bad", "--attempt", "1", onTerminal: true)
        #expect(console.output == "a\\x1b[31m\\u{9b}ü\n\tb\u{FFFD}\u{FFFD}")
    }

    @Test("Of a task the last attempt counts, of a worker what it carries or carried last")
    @MainActor
    func targets() async throws {
        let workspace = try workspace(head: Array("one".utf8))
        try workspace.directory.write(".codewhale/fleet/\(Self.run)/logs/bad.2.log", "two")
        try workspace.directory.write(".codewhale/fleet/\(Self.run)/logs/busy.1.log", "busy")
        #expect(try await logs(workspace, "\(Self.run)/bad").console.output == "two")
        #expect(try await logs(workspace, "local-1").console.output == "two")
        #expect(try await logs(workspace, "local-1", "--attempt", "1").console.output == "one")
        #expect(try await logs(workspace, "local-2").console.output == "busy")
    }

    @Test("What was not kept is said on standard error, in its place")
    @MainActor
    func gap() async throws {
        let workspace = try workspace(head: Array("head\n".utf8), segments: [(1_000_005, Array("tail\n".utf8))])
        let (code, console) = try await logs(workspace, "\(Self.run)/bad", "--attempt", "1")
        #expect(code == 0)
        #expect(console.output == "head\ntail\n")
        #expect(console.diagnostics == "… 976.6 KiB were not kept …\n")
    }

    @Test(
        "The last lines",
        arguments: [
            ("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc", 2, "b\nc"), ("a\nb\nc\n", 3, "a\nb\nc\n"),
            ("a\nb\nc\n", 9, "a\nb\nc\n"), ("a\nb\nc\n", 0, ""), ("\n\n\n", 2, "\n\n"), ("", 2, ""), ("abc", 1, "abc"),
        ]
    )
    func tail(text: String, lines: Int, expected: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("x.1.log", text)
        let reader = BoundedLogReader(path: path)
        var reading = LogReading(reader, from: LogReading.start(ofLast: lines, in: reader))
        var bytes: [UInt8] = []
        while case .bytes(_, let part) = reading.next() { bytes += part }
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(
        "The last lines of a log that is longer than the first window, and has a gap",
        arguments: [1, 100, 20_000, 200_000]
    )
    func longTail(lines: Int) throws {
        let directory = try TemporaryDirectory()
        let head = (0..<10_000).map { "head \($0)\n" }.joined()
        let tail = (0..<50_000).map { "tail \($0)\n" }.joined()
        let path = try directory.write("x.1.log", head)
        try directory.write("x.1.log.5000000", tail)
        let reader = BoundedLogReader(path: path)
        var reading = LogReading(reader, from: LogReading.start(ofLast: lines, in: reader))
        var text = ""
        var gaps = 0
        while let part = reading.next() {
            switch part {
            case .bytes(_, let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .gap: gaps += 1
            }
        }
        let shown = text.split(separator: "\n")
        #expect(shown.count == min(lines, 60_000))
        #expect(shown.last == "tail 49999")
        #expect(gaps == (lines > 50_000 ? 1 : 0))
    }

    @Test("JSON has the text with its offsets, and the gap between them")
    @MainActor
    func json() async throws {
        let workspace = try workspace(head: Array("h\u{1B}ü\n".utf8), segments: [(9, Array("t\n".utf8) + [0xff])])
        let (code, console) = try await logs(workspace, "\(Self.run)/bad", "--attempt", "1", "--json")
        #expect(code == 0)
        #expect(console.lines.count == 1)
        #expect(!console.output.unicodeScalars.contains { $0 != "\n" && TerminalText.isUnsafe($0) })
        let answer = try JSONProbe(console.output)
        #expect(answer.names == ["schema", "run_id", "task_id", "attempt", "bytes", "dropped", "parts"])
        #expect(answer["schema"].text == "fleet.logs/1")
        #expect(answer["bytes"].number == 12)
        #expect(answer["dropped"].number == 4)
        #expect(answer["parts"].elements.map { $0["offset"].number } == [0, 9, 11])
        #expect(answer["parts"].elements.map { $0["text"].text } == ["h\u{1B}ü\n", "t\n", "\u{FFFD}"])
    }

    @Test("JSON of an empty log has no parts")
    @MainActor
    func emptyJSON() async throws {
        let workspace = try workspace(head: [])
        let (code, console) = try await logs(workspace, "\(Self.run)/busy", "--json")
        #expect(code == 0)
        #expect(try JSONProbe(console.output)["parts"].elements.isEmpty)
    }

    @Test("JSON cuts a large log between characters")
    func largeJSON() throws {
        let directory = try TemporaryDirectory()
        let text = "x" + String(repeating: "€", count: 200_000)
        var reading = LogReading(BoundedLogReader(path: try directory.write("x.1.log", text)))
        let console = try TestConsole()
        LogJSON.write([:], &reading, to: console.console)
        let parts = try JSONProbe(console.output)["parts"].elements
        #expect(parts.count > 1)
        #expect(parts.compactMap { $0["text"].text }.joined() == text)
        var offset = 0.0
        for part in parts {
            #expect(part["offset"].number == offset)
            offset += Double(part["text"].text?.utf8.count ?? 0)
        }
    }

    @Test("Following prints what comes until the attempt has ended, and says how it did")
    @MainActor
    func follow() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let path = ".codewhale/fleet/\(Self.run)/logs/busy.1.log"
        try workspace.directory.write(path, "first\n")
        let console = try TestConsole()
        let words = ["fleet", "logs", "--follow", "\(Self.run)/busy", "--workspace", workspace.place.root]
        let output = console.console
        async let code = CommandLineEntry.run(words, console: output)
        while console.output.isEmpty { await Task.yield() }
        try workspace.directory.write(path, "first\nlast.\n")
        try workspace.finishExample()
        #expect(await code == 0)
        #expect(console.output == "first\nlast.\n")
        #expect(
            console.diagnostics
                == "note: run \(Self.run) has no manager now; nobody records this attempt's end\n"
                + "attempt 1 of \(Self.run)/busy: interrupted\n"
        )
    }
}
