import FleetCore
import FleetManager
import Testing

@testable import FleetCommands

@Suite("Events as lines")
struct EventTests {
    private static let run = RunID(unchecked: "r1")
    private static let task = TaskID(unchecked: "t")
    private static let worker = WorkerID(unchecked: "w")
    private static let time = Timestamp(milliseconds: 1_767_225_600_123)

    private static let cases: [(Event, String?)] = [
        (
            .runCreated(
                .init(run: run, name: "n\u{1B}", specDigest: "", taskCount: 2, workers: [TestWorkspace.worker])
            ),
            "run r1 (n\\x1b): 2 tasks, 1 worker"
        ),
        (.taskEnqueued(.init(run: run, task: task)), nil),
        (.managerStarted(.init(run: run, pid: 7)), "driven by process 7"),
        (.taskLeased(.init(run: run, task: task, attempt: 2, worker: worker, nonce: "n")), "t #2: leased to w"),
        (
            .attemptStarted(.init(run: run, task: task, attempt: 2, worker: worker, pid: 1, startedAt: time)),
            "t #2: running on w"
        ),
        (
            .attemptFinished(
                .init(
                    run: run,
                    task: task,
                    attempt: 2,
                    worker: worker,
                    outcome: .failed,
                    failure: Failure(class: .timeout, message: "too\nlong"),
                    startedAt: time,
                    finishedAt: time.adding(seconds: 61),
                    leftBehind: 2,
                    retryAt: time
                )
            ),
            "t #2: failed after 1 min 01 s, timeout: too\\nlong, 2 processes left behind; to be tried again"
        ),
        (
            .taskCancelled(.init(run: run, task: task, reason: "it depends on x", class: .cancelled)),
            "t: cancelled, it depends on x"
        ),
        (.taskRequeued(.init(run: run, task: task, reason: "asked")), "t: queued again, asked"),
        (
            .endRequested(.init(run: run, scope: .worker(worker), mode: .interrupt, requestID: "q")),
            "interrupt requested for worker w"
        ),
        (
            .endConfirmed(.init(run: run, task: task, attempt: 1, result: .survivors, survivors: [3, 4])),
            "t #1: could not be ended entirely (3, 4)"
        ),
        (
            .runFinished(.init(run: run, status: .failed, tasks: Tally(total: 2, passed: 1, failed: 1), seconds: 1.5)),
            "run r1 failed: 1 passed, 1 failed in 1.5 s"
        ),
        (.runReopened(.init(run: run)), "run r1 goes on"),
        (.unknown(.init(type: "x", run: run, line: Array(#"{"x":"\#u{1B}"}"#.utf8))), nil),
    ]

    @Test("For people", arguments: 0..<cases.count)
    func text(index: Int) {
        let (event, expected) = Self.cases[index]
        let record = LedgerRecord(seq: 1, time: Self.time, event: event)
        #expect(EventLine.text(record) == expected.map { "00:00:00  \($0)\n" })
        #expect(EventLine.text(record, withRun: true) == expected.map { "00:00:00  r1  \($0)\n" })
    }

    @Test("For programs: as in the ledger, without the checksum, harmless and on one line", arguments: 0..<cases.count)
    func json(index: Int) throws {
        let event = Self.cases[index].0
        let line = String(decoding: EventJSON.line(LedgerRecord(seq: 9, time: Self.time, event: event)), as: UTF8.self)
        #expect(line.hasSuffix("}\n"))
        #expect(!line.dropLast().unicodeScalars.contains { TerminalText.isUnsafe($0) && $0 != "\u{1B}" })
        #expect(!line.contains("\"crc\""))
        if case .unknown = event { return }
        let probe = try JSONProbe(line)
        #expect(probe.names.prefix(5) == ["v", "seq", "time", "type", "run_id"])
        #expect(probe["type"].text == event.type)
    }

    @Test("Characters beyond ASCII that a terminal could act on are escaped in JSON too")
    func harmless() throws {
        let created = Event.RunCreated(run: Self.run, name: "ü\u{9B}\u{202E}\u{7F}", specDigest: "", taskCount: 0)
        let line = EventJSON.line(LedgerRecord(seq: 1, time: Self.time, event: .runCreated(created)))
        let text = String(decoding: line, as: UTF8.self)
        #expect(text.contains(#""name":"ü\u009b\u202e\u007f""#))
        #expect(try JSONProbe(text)["name"].text == created.name)
    }

    @Test("The closing words of a run list what did not pass, up to a limit")
    func closing() throws {
        let workspace = try TestWorkspace()
        try workspace.append(TestWorkspace.created(Self.run, name: "n", tasks: 25))
        for number in 0..<25 {
            let task = TaskID(unchecked: "t\(number)")
            try workspace.append(.taskEnqueued(.init(run: Self.run, task: task)))
            try workspace.append(TestWorkspace.leased(Self.run, "t\(number)", 1))
            try workspace.append(workspace.finished(Self.run, "t\(number)", 1, .failed, exit: .code(3)))
        }
        let run = try workspace.open().run(Self.run)
        let text = RunClosing(run: run, end: .stopped(run.counts), seconds: 3).text
        #expect(
            text.hasPrefix(
                "run r1 is not over after 3.0 s: 25 failed\n  t0  task: exited with code 3\n    codewhale fleet logs r1/t0\n"
            )
        )
        #expect(text.contains("  … and 5 more: codewhale fleet status r1\n"))
        #expect(text.split(separator: "\n").count == 1 + 2 * 20 + 2)
    }
}
