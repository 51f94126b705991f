import FleetCore
import Testing

@testable import FleetCommands

@Suite("Progress and the live display")
struct LiveTests {
    private func counts(queued: Int = 0, running: Int = 0, passed: Int = 0, failed: Int = 0) -> TaskCounts {
        var counts = TaskCounts()
        (counts.queued, counts.running, counts.passed, counts.failed) = (queued, running, passed, failed)
        return counts
    }

    @Test(
        "What remains goes by the mean rate since the watch began",
        arguments: [
            (10, 0, 0, 5.0, nil), (5, 0, 5, 10, 10), (5, 5, 5, 10, nil), (0, 0, 10, 10, 0), (9, 0, 1, 2, 18),
            (1, 4, 9, 10, 2),
        ] as [(Int, Int, Int, Double, Double?)]
    )
    func remaining(queued: Int, before: Int, passed: Int, elapsed: Double, expected: Double?) {
        let progress = RunProgress(
            counts: counts(queued: queued, passed: passed),
            endedBefore: before,
            elapsed: elapsed
        )
        #expect(progress.remaining == expected)
    }

    @Test(
        "The bar is full only at the end",
        arguments: [
            (0, 0, "[########]"), (10, 0, "[--------]"), (5, 5, "[####----]"), (1, 999_999, "[#######-]"),
            (0, 3, "[########]"),
        ]
    )
    func bar(queued: Int, passed: Int, expected: String) {
        let progress = RunProgress(counts: counts(queued: queued, passed: passed), elapsed: 1)
        #expect(progress.bar(columns: 10) == expected)
        #expect(progress.bar(columns: 0).count == 3)
    }

    @Test("Lines are painted in the place of those before, and taken away without a trace")
    func painter() {
        var painter = LivePainter()
        #expect(painter.erase().isEmpty)
        #expect(painter.paint(["a", "b"]) == "a\nb\n")
        #expect(painter.paint(["c"]) == "\u{1B}[2A\r\u{1B}[Jc\n")
        #expect(painter.erase() == "\u{1B}[1A\r\u{1B}[J")
        #expect(painter.erase().isEmpty)
    }

    private func frame(name: String = "example") throws -> LiveFrame {
        let workspace = try TestWorkspace()
        try workspace.appendExample(name: name)
        let run = try workspace.open().run(TestWorkspace.run)
        return LiveFrame(run: run, progress: RunProgress(counts: run.counts, elapsed: 20), now: workspace.now)
    }

    @Test("Counts, bar, time, what remains, and a line for each worker, busy ones first")
    func lines() throws {
        #expect(
            try frame().lines(columns: 200, rows: 24) == [
                "example  \(TestWorkspace.run)",
                "[##########----------]  50%  2/4  1 queued, 1 running, 1 passed, 1 failed  0:20  about 0:20 left",
                "  local-2  busy #1  2.0 s", "  local-1  idle",
            ]
        )
    }

    @Test(
        "They fit into the terminal, whatever its size",
        arguments: [(1, 1), (10, 2), (20, 3), (40, 4), (80, 5), (500, 100)]
    )
    func fit(columns: Int, rows: Int) throws {
        let lines = try frame(name: "漢字 \u{1B}[2J" + String(repeating: "x", count: 300))
            .lines(columns: columns, rows: rows)
        #expect(lines.count <= max(rows - 1, 2))
        for line in lines {
            #expect(TerminalText.width(line) <= max(columns - 1, 1))
            #expect(!line.unicodeScalars.contains(where: TerminalText.isUnsafe))
        }
    }

    @Test("Workers that have no room are counted")
    func moreWorkers() throws {
        let lines = try frame().lines(columns: 80, rows: 4)
        #expect(lines.count == 3)
        #expect(lines[2] == "  … and 2 more workers")
    }

    @Test(
        "A status that is watched is cut to the terminal",
        arguments: [
            ("a\nb\n", 10, 24, ["a", "b"]), ("a\nb\nc\nd\n", 10, 4, ["a", "b", "… 2 m…"]), ("abcdef\n", 4, 24, ["ab…"]),
        ]
    )
    func watch(text: String, columns: Int, rows: Int, expected: [String]) {
        let columns = expected.last == "… 2 m…" ? 7 : columns
        #expect(StatusWatch.fit(text, columns: columns, rows: rows) == expected)
    }
}
