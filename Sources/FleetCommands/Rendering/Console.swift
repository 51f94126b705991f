import Synchronization

/// Where a verb writes: data to standard output, everything else to standard error.
///
/// Writing where nobody reads any more ends the process quietly, or is left out, as ``Policy`` says.
final class Console: Sendable {
    /// What happens when nobody reads standard output any more.
    enum Policy: Sendable {
        /// The process ends by PIPE, as other programs do.
        case end
        /// The rest is not written; the work goes on.
        case discard
    }

    /// What a stream leads to.
    struct Stream: Sendable, Equatable {
        /// The descriptor.
        var descriptor: Int32
        /// Whether it is a terminal.
        var isTerminal: Bool
    }

    /// The console of the command that runs.
    @TaskLocal static var current = Console()

    /// Standard output.
    let output: Stream
    /// Standard error.
    let diagnostics: Stream
    /// Whether colours and a live display are wanted.
    let isDecorated: Bool
    private let policy = Mutex(Policy.end)
    private let isClosed = Mutex(false)

    /// The console of this process.
    init() {
        output = Stream(descriptor: 1, isTerminal: System.isTerminal(1))
        diagnostics = Stream(descriptor: 2, isTerminal: System.isTerminal(2))
        let isPlain = System.variable("NO_COLOR").map { !$0.isEmpty } ?? false
        isDecorated = !isPlain && System.variable("TERM") != "dumb"
    }

    /// A console of other descriptors, for tests.
    init(output: Stream, diagnostics: Stream, isDecorated: Bool) {
        self.output = output
        self.diagnostics = diagnostics
        self.isDecorated = isDecorated
    }

    /// Says what happens when nobody reads standard output any more.
    func onClosedOutput(_ policy: Policy) { self.policy.withLock { $0 = policy } }

    /// Whether nobody reads standard output any more.
    var isOutputClosed: Bool { isClosed.withLock { $0 } }

    /// Writes data as it is.
    func write(_ bytes: some Sequence<UInt8>) {
        guard !isOutputClosed else { return }
        do {
            try System.write(bytes, to: output.descriptor)
        } catch {
            isClosed.withLock { $0 = true }
            guard policy.withLock({ $0 }) == .end else { return }
            if error.isBrokenPipe { System.end(bySignal: Self.pipeSignal) }
            note("error: standard output cannot be written: \(error.text)\n")
            System.exit(status: CommandExit.software.rawValue)
        }
    }

    /// Writes text that is harmless already.
    func write(_ text: String) { write(text.utf8) }

    /// Writes an answer in JSON, on one line.
    func write(_ answer: JSONObject) {
        var bytes: [UInt8] = []
        JSONValue.object(answer).write(into: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        write(bytes)
    }

    /// Writes to standard error, what cannot be written there being lost; the text is harmless already.
    func note(_ text: String) { try? System.write(text.utf8, to: diagnostics.descriptor) }

    private static let pipeSignal: Int32 = 13
}
