import FleetCore
import Testing

@testable import FleetLedger

extension Ledger {
    /// Appends events without waiting for the disk.
    @discardableResult
    func add(_ events: [Event]) throws(LedgerError) -> [LedgerRecord] {
        try append(events, durable: false, at: Samples.time).written
    }

    /// Every record that stands in the file and is whole, once.
    func allRecords() throws -> [LedgerRecord] {
        var records: [LedgerRecord] = []
        try Self.forEachRecord(in: file, 0..<identity(ofNow: file).size) { record, _ in records.append(record) }
        return records
    }

    private func identity(ofNow file: any OpenFile) throws(LedgerError) -> File.Status { try file.status() }
}

extension WorkspaceState {
    /// The fold of some records, with what they say of ended runs at hand.
    static func fold(_ records: [LedgerRecord]) -> WorkspaceState {
        var state = WorkspaceState()
        for (place, record) in records.enumerated() {
            state.apply(record) { summary in
                var run: RunState?
                for record in records[..<place] {
                    if run != nil {
                        run?.apply(record)
                    } else if case .runCreated(let event) = record.event, event.run == summary.id {
                        run = RunState(event, record: record)
                    }
                }
                return run
            }
        }
        return state
    }
}

extension LedgerDamage {
    /// Whether it names bytes, and not the lack of some.
    var namesBytes: Bool {
        if case .gap = kind { false } else { true }
    }
}

/// What stands between newlines.
struct Piece: Equatable {
    var line: Int
    var offset: Int
    var bytes: [UInt8]
    /// Whether a newline ends it.
    var isWhole: Bool

    /// The pieces of a file.
    static func all(of bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var start = 0
        while start < bytes.count {
            let newline = bytes[start...].firstIndex(of: 10)
            let end = newline.map { $0 + 1 } ?? bytes.count
            pieces.append(
                Piece(line: pieces.count + 1, offset: start, bytes: Array(bytes[start..<end]), isWhole: newline != nil)
            )
            start = end
        }
        return pieces
    }

    /// The record that it is, where it is one.
    var record: LedgerRecord? {
        guard isWhole, case .record(let record) = RecordTests.read(bytes.dropLast(), offset: Int64(offset)) else {
            return nil
        }
        return record
    }
}
