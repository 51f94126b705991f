import Dispatch
import FleetCore
import UnixSignals

/// Runs an agent to its end: passes on what it writes, and hands it the signals that this process gets.
///
/// The agent has no input, and a process group of its own, so that a signal reaches it and its children once.
/// What it leaves running in the background may keep its output open: ``drainSeconds`` after the agent's own end
/// nothing more is read.
struct AgentRun: Sendable {
    /// How long output is still read once the agent has ended, in seconds.
    static let drainSeconds = 2.0
    /// The signals that are passed on.
    static let forwardedSignals: [UnixSignal] = [.sighup, .sigint, .sigterm]

    private let child: ChildProcess
    private let console: Console
    private let notices: [CInt]
    private let signals: UnixSignalsSequence

    /// Starts the agent, with events where `isStreaming`, else with our own output.
    ///
    /// - Throws: `configuration` where the program is missing or cannot be run, `usage` where the prompt is too long.
    init(_ arguments: [String], source: String, isStreaming: Bool, console: Console) async throws(CommandError) {
        self.console = console
        // Before the agent is there, so that no signal is lost.
        signals = await UnixSignalsSequence(trapping: Self.forwardedSignals)
        do {
            notices = try ChildProcess.makePipe()
            child = try ChildProcess(arguments, output: isStreaming ? .pipes : .inherited)
        } catch {
            throw Self.error(error, program: arguments[0], source: source)
        }
        if isStreaming {
            console.write(ExecEvent.started(program: arguments[0], pid: Int(child.pid)).json)
        }
    }

    /// Passes everything on until the agent has ended, and says how.
    func run() async -> ExitStatus {
        let notice = notices[1]
        return await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { [signals] in
                for await signal in signals { try? System.write([UInt8(signal.rawValue)], to: notice) }
                return nil
            }
            group.addTask { [child] in
                await Self.onThread("end") { child.waitForEnd() }
                try? System.write([0], to: notice)
                return nil
            }
            group.addTask {
                await Self.onThread("output") {
                    pump()
                    return child.reap()
                }
            }
            var status: ExitStatus?
            while status == nil, let part = await group.next() { status = part }
            group.cancelAll()
            let end = status ?? child.reap()
            if child.output != nil { console.write(ExecEvent.finished(end).json) }
            return end
        }
    }

    /// Does what waits in the system on a thread of its own.
    private static func onThread<Result: Sendable>(
        _ label: String,
        _ body: @escaping @Sendable () -> Result
    ) async -> Result {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: label).async { continuation.resume(returning: body()) }
        }
    }

    /// The exit code of `codewhale exec` for an agent that ended so.
    static func exitCode(_ status: ExitStatus) -> Int32 {
        switch status {
        case .code(let code): Int32(truncatingIfNeeded: code & 0xff)
        case .signal(let number): Int32(truncatingIfNeeded: 128 + number)
        }
    }

    private func pump() {
        var streams: [CInt: (name: ExecEvent.Stream, lines: LineSplitter)] = [:]
        if let output = child.output { streams[output] = (.stdout, LineSplitter()) }
        if let diagnostics = child.diagnostics { streams[diagnostics] = (.stderr, LineSplitter()) }
        var hasEnded = false
        while !(hasEnded && streams.isEmpty) {
            let wait = hasEnded ? CInt(Self.drainSeconds * 1_000) : -1
            let ready = Readiness.wait([notices[0]] + streams.keys.sorted(), milliseconds: wait)
            if ready.isEmpty, hasEnded { break }
            if ready.contains(notices[0]) {
                for number in (try? System.read(notices[0], limit: 64)) ?? [] {
                    if number == 0 { hasEnded = true } else { child.signal(CInt(number)) }
                }
            }
            for descriptor in ready where streams[descriptor] != nil {
                let bytes = (try? System.read(descriptor, limit: 64 << 10)) ?? []
                let name = streams[descriptor]?.name ?? .stdout
                if bytes.isEmpty || console.isOutputClosed {
                    emit(streams[descriptor]?.lines.finish() ?? [], name)
                    streams[descriptor] = nil
                    System.close(descriptor)
                } else {
                    emit(streams[descriptor]?.lines.feed(bytes) ?? [], name)
                }
            }
        }
        for (descriptor, stream) in streams {
            var lines = stream.lines
            emit(lines.finish(), stream.name)
            System.close(descriptor)
        }
    }

    private func emit(_ lines: [LineSplitter.Line], _ stream: ExecEvent.Stream) {
        guard !lines.isEmpty else { return }
        var bytes: [UInt8] = []
        for line in lines {
            JSONValue.object(ExecEvent.output(stream, line).json).write(into: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        console.write(bytes)
    }

    private static func error(_ failure: System.Failure, program: String, source: String) -> CommandError {
        if failure.isTooLong {
            return CommandError(
                .usage,
                "the prompt is too long to be an argument of \(program)",
                hint: "a single argument may have 128 KiB; put the text into a file and name it in the prompt"
            )
        }
        return CommandError(
            .configuration,
            failure.isMissing
                ? "the agent's program \(program) was not found"
                : "the agent's program \(program) could not be run: \(failure.text)",
            hint: "install it, or change the agent's command in \(source)"
        )
    }
}
