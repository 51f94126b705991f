import Dispatch
import FleetCore
import Synchronization

/// Paints a run on a terminal: at most ten times a second, when something has changed or a second has passed.
///
/// Everything but ``paintSoon(_:)`` is called on its queue.
final class LiveDisplay: Sendable {
    /// What is between two paintings at least.
    static let pause = 0.1
    /// What is between two paintings at most, as times go on.
    static let tick = 1.0

    private struct State {
        var painter = LivePainter()
        var lastPainting: DispatchTime?
        var isScheduled = false
        var isFinished = false
        var run: @Sendable () -> RunState? = { nil }
    }

    private let stream: Console.Stream
    private let queue: DispatchQueue
    private let start: Timestamp
    private let endedBefore: Int
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// A display on a terminal.
    ///
    /// - Parameters:
    ///   - stream: the terminal.
    ///   - queue: where it is painted.
    ///   - start: when the watch began.
    ///   - endedBefore: how many tasks had ended then.
    ///   - now: the time.
    init(
        _ stream: Console.Stream,
        queue: DispatchQueue,
        start: Timestamp,
        endedBefore: Int,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.stream = stream
        self.queue = queue
        self.start = start
        self.endedBefore = endedBefore
        self.now = now
    }

    /// Says that something has changed; `run` tells how the run stands when it is painted.
    func paintSoon(_ run: @escaping @Sendable () -> RunState?) {
        let deadline = state.withLock { state -> DispatchTime? in
            state.run = run
            guard !state.isScheduled, !state.isFinished else { return nil }
            state.isScheduled = true
            return state.lastPainting.map { max($0 + Self.pause, .now()) } ?? .now()
        }
        guard let deadline else { return }
        queue.asyncAfter(deadline: deadline) { [weak self] in self?.paint() }
    }

    /// Takes the display away until it is painted again.
    func erase() {
        write(state.withLock { $0.painter.erase() })
    }

    /// Takes the display away for good.
    func finish() {
        write(
            state.withLock { state in
                state.isFinished = true
                return state.painter.erase()
            }
        )
    }

    private func paint() {
        let run = state.withLock { state in
            state.isScheduled = false
            return state.isFinished ? nil : state.run
        }
        guard let run = run?() else { return }
        let size = System.terminalSize(stream.descriptor) ?? (columns: 80, rows: 24)
        let time = now()
        let progress = RunProgress(counts: run.counts, endedBefore: endedBefore, elapsed: time.seconds(since: start))
        let lines = LiveFrame(run: run, progress: progress, now: time).lines(columns: size.columns, rows: size.rows)
        let (text, painted) = state.withLock { state in
            let painted = DispatchTime.now()
            state.lastPainting = painted
            return (state.painter.paint(lines), painted)
        }
        write(text)
        queue.asyncAfter(deadline: painted + Self.tick) { [weak self] in self?.paint(unlessAfter: painted) }
    }

    /// Paints where nothing was painted since.
    private func paint(unlessAfter painted: DispatchTime) {
        if state.withLock({ $0.lastPainting == painted }) { paint() }
    }

    private func write(_ text: String) {
        if !text.isEmpty { try? System.write(text.utf8, to: stream.descriptor) }
    }
}
