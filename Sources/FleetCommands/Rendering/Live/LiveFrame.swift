import FleetCore

/// What the live display shows at a moment.
struct LiveFrame {
    /// How wide the bar is, in columns.
    static let barColumns = 22

    /// The run.
    let run: RunState
    /// How far it is.
    let progress: RunProgress
    /// The moment.
    let now: Timestamp

    /// The lines for a terminal of a size: harmless, and neither wider nor more than it has room for.
    func lines(columns: Int, rows: Int) -> [String] {
        let room = max(rows - 1, 2)
        var lines = ["\(run.created.name)  \(run.id)", summary]
        let workers = workerLines
        if workers.count <= room - lines.count {
            lines += workers
        } else {
            let shown = max(room - lines.count - 1, 0)
            lines += workers.prefix(shown)
            if room > lines.count { lines.append("  … and \(Wording.count(workers.count - shown, "more worker"))") }
        }
        return lines.map { TerminalText.cut(TerminalText.line($0), to: max(columns - 1, 1)) }
    }

    private var summary: String {
        let counts = progress.counts
        let percent = Int(progress.fraction * 100)
        var parts = [
            progress.bar(columns: Self.barColumns), "\(percent)%", "\(counts.ended)/\(counts.total)",
            Wording.counts(counts), Wording.clock(progress.elapsed),
        ]
        if counts.ended < counts.total, let remaining = progress.remaining {
            parts.append("about \(Wording.clock(remaining)) left")
        }
        return parts.joined(separator: "  ")
    }

    /// A line for each worker, those that carry something first.
    private var workerLines: [String] {
        let views = WorkerView.all(of: [run])
        let width = views.map { $0.definition.id.rawValue.utf8.count }.max() ?? 0
        let line = { (view: WorkerView) -> String in
            let id = view.definition.id.rawValue
            let work = view.open.map { open in
                let time = open.attempt.seconds(at: now).map { "  \(Wording.duration($0))" } ?? ""
                return "\(open.task) #\(open.attempt.number)\(time)"
            }
            return "  \(id)\(String(repeating: " ", count: width - id.utf8.count))  "
                + (work.isEmpty ? "idle" : work.joined(separator: ", "))
        }
        return (views.filter { !$0.open.isEmpty } + views.filter(\.open.isEmpty)).map(line)
    }
}
