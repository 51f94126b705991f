import FleetLibSSH2
import FleetTransport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct CommandLinesTests {
    /// What a command prints, and the lines that it is.
    struct Case: Sendable, CustomTestStringConvertible {
        let script: String
        let lines: [String]
        var testDescription: String { script }
    }

    static let cases = [
        Case(script: "true", lines: []),
        Case(script: "printf 'a\\nb\\n'", lines: ["a", "b"]),
        Case(script: "printf 'a\\nb'", lines: ["a", "b"]),
        Case(script: "printf '\\n\\na\\n'", lines: ["", "", "a"]),
        Case(script: "printf 'a\\r\\n'", lines: ["a\r"]),
        Case(script: "printf 'a'; sleep 0.1; printf 'b\\n'", lines: ["ab"]),
        Case(script: "printf '\\377x\\n'", lines: ["\u{fffd}x"]),
        Case(
            script: "head -c 65536 /dev/zero | tr '\\0' x; echo; head -c 65537 /dev/zero | tr '\\0' y; echo",
            lines: [String(repeating: "x", count: 65_536), String(repeating: "y", count: 65_536), "y"]
        ),
        Case(script: "seq 20000", lines: (1...20_000).map(String.init)),
    ]

    @Test(arguments: cases)
    func linesComeAsTheyWerePrinted(_ it: Case) async throws {
        try await withSession { session in
            var lines: [String] = []
            let end = try await session.stream(shell(it.script)) { for try await line in $0 { lines.append(line) } }
            #expect(lines == it.lines)
            #expect(end.status == .code(0))
        }
    }

    @Test(arguments: SSHSessionTests.means)
    func theEndIsTold(_ means: SSHPool.Means) async throws {
        try await withSession(means) { session in
            // It ends some time after its output has.
            let script = "echo a; echo b >&2; exec >&- 2>&-; sleep 1; exit 7"
            let end = try await session.stream(shell(script)) { for try await _ in $0 {} }
            #expect(end.status == .code(7))
            #expect(end.diagnostics.contains("b\n"))
        }
    }

    @Test(arguments: SSHSessionTests.means)
    func aReaderMayLeave(_ means: SSHPool.Means) async throws {
        try await withSession(means) { session in
            var count = 0
            let end = try await session.stream(["yes"]) { lines in
                for try await _ in lines {
                    count += 1
                    if count == 10 { break }
                }
            }
            #expect(count == 10)
            #expect(end.status != .code(0))
            try await expectUse(of: session)
        }
    }

    @Test
    func whatTheReaderThrowsIsThrown() async throws {
        struct Enough: Error {}
        try await withSession { session in
            await #expect(throws: Enough.self) {
                try await session.stream(["yes"]) { for try await _ in $0 { throw Enough() } }
            }
            try await expectUse(of: session)
        }
    }

    @Test
    func aLostConnectionIsNoEnd() async throws {
        try await withSession { session in
            let error = await #expect(throws: TransportError.self) {
                try await session.stream(shell("echo half; kill -KILL $PPID; sleep 600")) { for try await _ in $0 {} }
            }
            #expect(error?.reason == .lost)
        }
    }
}
