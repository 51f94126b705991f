import FleetCore
import FleetLedger

/// Events as lines for programs: the records of the ledger without their checksum.
enum EventJSON {
    /// An event's line, ended.
    ///
    /// What a terminal could act on is escaped (RFC 8259, section 7), as in all JSON that is written here; that is why
    /// the checksum, which belongs to the ledger's own bytes, is left out.
    static func line(_ record: LedgerRecord) -> [UInt8] {
        var bytes = RecordWriter.line(record)
        if let start = checksumStart(bytes) { bytes.replaceSubrange(start..., with: "}\n".utf8) }
        return harmless(bytes)
    }

    /// The last line of a run: as in the ledger where it has ended, else what would stand there.
    static func end(run: RunID, status: RunStatus, tasks: Tally, seconds: Double) -> JSONObject {
        [
            "type": .string("run_finished"), "run_id": .string(run.rawValue), "status": .string(status.rawValue),
            "tasks": .object([
                "total": .int(Int64(tasks.total)), "passed": .int(Int64(tasks.passed)),
                "failed": .int(Int64(tasks.failed)), "cancelled": .int(Int64(tasks.cancelled)),
                "interrupted": .int(Int64(tasks.interrupted)),
            ]),
            "seconds": .seconds(seconds),
        ]
    }

    private static let checksumMember = Array(#","crc":""#.utf8)

    /// Where the checksum begins: it is the last member, eight digits long.
    private static func checksumStart(_ line: [UInt8]) -> Int? {
        let length = checksumMember.count + 8 + "\"}\n".utf8.count
        guard line.count > length, line[(line.count - length)...].starts(with: checksumMember) else { return nil }
        return line.count - length
    }

    private static func harmless(_ line: [UInt8]) -> [UInt8] {
        guard line.contains(where: { $0 >= 0x7F }) else { return line }
        var result: [UInt8] = []
        result.reserveCapacity(line.count)
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
            if scalar != "\n", TerminalText.isUnsafe(scalar) {
                JSONValue.writeEscape(scalar, into: &result)
            } else {
                result += UTF8.encode(scalar).map { Array($0) } ?? []
            }
        }
        return result
    }
}
