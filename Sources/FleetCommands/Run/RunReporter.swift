import Dispatch
import FleetCore
import Synchronization

/// Shows a run while it is driven: a live display on a terminal, else a line for each event.
///
/// The manager never waits for who reads: everything is written on a queue of its own.
final class RunReporter: RunObserver {
    /// What is shown.
    enum Mode: Sendable, Equatable {
        /// A line of JSON for each event.
        case json
        /// A line for people for each event.
        case lines
        /// A display on a stream that is painted again and again; with lines on standard output where that is another.
        case live(Console.Stream, withLines: Bool)

        /// What suits a console.
        init(_ console: Console, isJSON: Bool) {
            let live = [console.diagnostics, console.output].first { $0.isTerminal && console.isDecorated }
            if isJSON {
                self = .json
            } else if let live {
                self = .live(live, withLines: !console.output.isTerminal)
            } else {
                self = .lines
            }
        }
    }

    private let console: Console
    private let mode: Mode
    private let queue = DispatchQueue(label: "fleet.output")
    private let state: Mutex<RunState>
    private let display: LiveDisplay?

    /// Shows what there is of a run by now.
    ///
    /// - Parameters:
    ///   - records: the run's records so far, from the one that made it on.
    ///   - mode: what is shown.
    ///   - console: where.
    ///   - isContinued: whether these records were shown before, by another process.
    ///   - now: the time.
    init?(
        _ records: [LedgerRecord],
        mode: Mode,
        console: Console,
        isContinued: Bool = false,
        now: @escaping @Sendable () -> Timestamp
    ) {
        guard let first = records.first, var run = RunState(beginningWith: first) else { return nil }
        for record in records.dropFirst() { run.apply(record) }
        state = Mutex(run)
        self.console = console
        self.mode = mode
        if case .live(let stream, _) = mode {
            display = LiveDisplay(stream, queue: queue, start: now(), endedBefore: run.counts.ended, now: now)
        } else {
            display = nil
        }
        if !isContinued {
            write(records)
        } else if mode == .lines || mode == .live(console.diagnostics, withLines: true) {
            let line = TerminalText.line("run \(run.id) goes on: \(Wording.counts(run.counts))") + "\n"
            queue.async { console.write(line) }
        }
        paint()
    }

    /// The run as far as it was told of.
    var run: RunState { state.withLock { $0 } }

    /// Takes records as they are written.
    func observe(_ records: [LedgerRecord]) {
        state.withLock { run in
            for record in records { run.apply(record) }
        }
        write(records)
        paint()
    }

    /// Says something to people, a harmless line of it.
    func say(_ sentence: String) {
        let line = TerminalText.line(sentence) + "\n"
        queue.async { [console, display] in
            display?.erase()
            console.note(line)
        }
        paint()
    }

    /// Takes the display away, and returns when everything is written.
    func finish() async {
        await withCheckedContinuation { continuation in
            queue.async { [display] in
                display?.finish()
                continuation.resume()
            }
        }
    }

    private func paint() {
        display?.paintSoon { [weak self] in self?.run }
    }

    private func write(_ records: [LedgerRecord]) {
        switch mode {
        case .json: break
        case .lines, .live(_, withLines: true): break
        case .live(_, withLines: false): return
        }
        queue.async { [console, mode] in
            var bytes: [UInt8] = []
            for record in records {
                if mode == .json {
                    bytes += EventJSON.line(record)
                } else if let line = EventLine.text(record) {
                    bytes += line.utf8
                }
            }
            if !bytes.isEmpty { console.write(bytes) }
        }
    }
}
