import FleetCore
import FleetLedger

/// Shows how runs stand, anew with every change.
struct StatusWatch {
    /// How long nothing is shown anew at least, so that a busy run does not fill the terminal.
    static let pause = Duration.milliseconds(100)
    /// After how long it is shown anew at the latest, as times go on.
    static let tick = Duration.seconds(1)

    let workspace: OpenWorkspace
    /// The run it is about; nil for all.
    let run: RunID?
    let console: Console
    let isJSON: Bool

    /// Shows until the run has ended, where it is about one; else until the process is.
    func run() async throws {
        let changes = try LedgerChanges(workspace.place)
        try workspace.ledger.refresh()
        if !isJSON, console.output.isTerminal, console.isDecorated {
            try await repaint(changes)
        } else {
            try await stream(changes)
        }
    }

    private var isOver: Bool { run.map { workspace.state.live($0) == nil } ?? false }

    private func repaint(_ changes: LedgerChanges) async throws {
        var painter = LivePainter()
        while !console.isOutputClosed {
            let status = try Status(workspace, run: run, now: System.now)
            let size = System.terminalSize(console.output.descriptor) ?? (columns: 80, rows: 24)
            console.write(painter.paint(Self.fit(status.text, columns: size.columns, rows: size.rows)))
            if isOver { return }
            try await Task.sleep(for: Self.pause)
            await changes.next(within: Self.tick)
            try Task.checkCancellation()
            try workspace.ledger.refresh()
        }
    }

    private func stream(_ changes: LedgerChanges) async throws {
        // What there is already is told first, of the runs that go on, so that every event makes sense.
        let runs = run.map { [$0] } ?? workspace.state.liveRuns.map(\.id)
        for run in runs { write(try workspace.ledger.records(of: run)) }
        while !isOver, !console.isOutputClosed {
            await changes.next(within: .seconds(3_600))
            try Task.checkCancellation()
            write(try workspace.ledger.refresh().filter { run == nil || $0.event.run == run })
        }
    }

    private func write(_ records: [LedgerRecord]) {
        var bytes: [UInt8] = []
        for record in records {
            bytes +=
                isJSON
                ? EventJSON.line(record) : EventLine.text(record, withRun: run == nil).map { Array($0.utf8) } ?? []
        }
        if !bytes.isEmpty { console.write(bytes) }
    }

    /// The lines that a terminal of this size has room for.
    static func fit(_ text: String, columns: Int, rows: Int) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        let room = max(rows - 1, 1)
        if lines.count > room { lines = lines.prefix(room - 1) + ["… \(lines.count - room + 1) more lines"] }
        return lines.map { TerminalText.cut($0, to: max(columns - 1, 1)) }
    }
}
