import FleetCore

@testable import FleetLedger

extension Reader {
    /// Lines of the ledger: what is a record is written as it stood, or reads as the same again.
    static let ledger = Reader(name: "ledger", corpus: [ledgerLines]) { bytes in
        let reader = RecordReader()
        var fold = LedgerFold()
        var offset: Int64 = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            let place = offset
            offset += Int64(line.count) + 1
            let fault = Array(line)
                .withUnsafeBufferPointer { line -> String? in
                    _ = fold.fold(.line(line), at: place, reader) { _ in nil }
                    // The checksum is made right, so that what it guards is tried, too.
                    var sealed = Array(line.dropLast(18))
                    let digits = String(CRC32C.checksum(UnsafeBufferPointer(rebasing: line.dropLast(18))), radix: 16)
                    sealed += Array(",\"crc\":\"\(String(repeating: "0", count: 8 - digits.count))\(digits)\"}".utf8)
                    return sealed.withUnsafeBufferPointer { complaint(aboutLine: $0, reader) }
                }
            if let fault { return fault }
        }
        guard fold.position == offset, fold.state.runCount <= fold.lines else { return "lines that were not counted" }
        return fold.damage.lazy.compactMap { complaint(about: "\($0)") }.first
    }

    private static func complaint(aboutLine line: UnsafeBufferPointer<UInt8>, _ reader: RecordReader) -> String? {
        guard case .record(let record) = reader.read(line, offset: 0) else { return nil }
        guard let once = reread(RecordWriter.line(record), reader) else { return "a record that is not read again" }
        return once.event == record.event && once.seq == record.seq ? nil : "a record that is read again as another"
    }

    private static func reread(_ bytes: [UInt8], _ reader: RecordReader) -> LedgerRecord? {
        bytes.dropLast()
            .withUnsafeBufferPointer { line in
                if case .record(let record) = reader.read(line, offset: 0) { record } else { nil }
            }
    }

    private static let ledgerLines: [UInt8] = {
        let (run, task, worker) = (RunID(unchecked: "r"), TaskID(unchecked: "t"), WorkerID(unchecked: "w"))
        let time = Timestamp(milliseconds: 1_790_000_000_123)
        let definition = WorkerSummary(id: worker, host: "h", slots: 2, digest: "5e")
        let events: [Event] = [
            .runCreated(
                .init(run: run, name: "n", labels: ["a": "b"], specDigest: "d", taskCount: 1, workers: [definition])
            ),
            .taskEnqueued(.init(run: run, task: task)),
            .taskLeased(.init(run: run, task: task, attempt: 1, worker: worker, nonce: "0f\u{1b}\"")),
            .attemptStarted(.init(run: run, task: task, attempt: 1, worker: worker, pid: 7, startedAt: time)),
            .attemptFinished(
                .init(
                    run: run,
                    task: task,
                    attempt: 1,
                    worker: worker,
                    outcome: .failed,
                    exit: .signal(9),
                    failure: Failure(class: .timeout, message: "m"),
                    usage: Usage(userSeconds: 0.25, systemSeconds: 1, peakMemoryBytes: 9),
                    log: LogSummary(bytes: 5, dropped: 7, sha256: "a9"),
                    artifacts: [ArtifactRecord(kind: "log", path: "a/b", bytes: 0, sha256: "e3")],
                    retryAt: time
                )
            ),
            .endRequested(.init(run: run, scope: .worker(worker), mode: .restart, requestID: "e")),
            .runFinished(.init(run: run, status: .failed, tasks: Tally(total: 1, passed: 0), seconds: 1.5)),
        ]
        return Array(
            events.enumerated()
                .map { RecordWriter.line(LedgerRecord(seq: Int64($0) + 1, time: time, event: $1)) }.joined()
        )
    }()
}
