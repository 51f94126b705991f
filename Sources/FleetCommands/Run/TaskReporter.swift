import Dispatch
import FleetCore

/// Shows what becomes of one task of a run: a line for each of its events, or nothing where JSON is wanted.
final class TaskReporter: RunObserver {
    private let task: TaskID
    private let console: Console
    private let isSilent: Bool
    private let queue = DispatchQueue(label: "fleet.output")

    init(_ task: TaskID, console: Console, isSilent: Bool) {
        self.task = task
        self.console = console
        self.isSilent = isSilent
    }

    func observe(_ records: [LedgerRecord]) {
        let lines = records.filter { $0.event.task == task }.compactMap { EventLine.text($0) }
        guard !isSilent, !lines.isEmpty else { return }
        queue.async { [console] in console.write(lines.joined()) }
    }

    func say(_ sentence: String) {
        queue.async { [console] in console.note(TerminalText.line(sentence) + "\n") }
    }

    func finish() async {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume() }
        }
    }
}
