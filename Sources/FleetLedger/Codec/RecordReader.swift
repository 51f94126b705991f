package import FleetCore

/// Reads the lines of the ledger.
///
/// It is written by hand as a ledger may have a million records: it looks at each byte twice, for the checksum and
/// for the structure, and makes only what an event is to hold.
package final class RecordReader {
    /// What a line turned out to be.
    package enum Line {
        /// A record.
        case record(LedgerRecord)
        /// Something that cannot be read.
        case damaged(LedgerDamage.Kind)
    }

    let fields = FieldTable()
    let nested = FieldTable()
    private var lastRun = RunID(unchecked: "")
    /// The checksum of the line read last, where it was right.
    private(set) var checksum: UInt32 = 0

    /// A reader, to be used by one thread.
    package init() {}

    /// Reads one line, given without its newline, which begins at `offset` of the ledger.
    package func read(_ line: UnsafeBufferPointer<UInt8>, offset: Int64) -> Line {
        guard let (body, checksum) = Self.body(of: line) else { return .damaged(Self.fault(of: line)) }
        self.checksum = checksum
        do throws(MalformedRecord) {
            guard fields.read(body) else { throw MalformedRecord(what: "its structure") }
            let version = try fields.integer("v")
            let seq = try fields.integer("seq")
            let time = try fields.time("time")
            guard let type = try fields.slice("type"), seq > 0 else { throw MalformedRecord(what: "seq") }
            var event = version == RecordWriter.version ? try self.event(type) : nil
            if event == nil { event = try unknown(type, line, isCritical: version != RecordWriter.version) }
            guard let event else { throw MalformedRecord(what: "type") }
            return .record(
                LedgerRecord(seq: seq, time: time, event: event, offset: offset, length: line.count + 1)
            )
        } catch {
            return .damaged(.malformed(error.what))
        }
    }

    /// The record's members, without the braces, and its checksum; nil where the line is no record, or not whole.
    static func body(of line: UnsafeBufferPointer<UInt8>) -> (members: Slice, checksum: UInt32)? {
        guard let base = line.baseAddress, line.count > sealLength + 1, base[0] == UInt8(ascii: "{") else { return nil }
        let seal = line.count - sealLength
        guard Slice(start: base + seal, count: 8).equals(#","crc":""#),
            Slice(start: base + line.count - 2, count: 2).equals("\"}"),
            let checksum = hexadecimal(UnsafeBufferPointer(start: base + seal + 8, count: 8)),
            checksum == CRC32C.checksum(UnsafeBufferPointer(start: base, count: seal))
        else { return nil }
        return (Slice(start: base + 1, count: seal - 1), checksum)
    }

    /// The length of `,"crc":"xxxxxxxx"}`.
    private static let sealLength = 18

    private static func fault(of line: UnsafeBufferPointer<UInt8>) -> LedgerDamage.Kind {
        if line.contains(0) { return .nulBytes }
        return line.starts(with: #"{""#.utf8) ? .checksum : .notARecord
    }

    private func unknown(
        _ type: Slice,
        _ line: UnsafeBufferPointer<UInt8>,
        isCritical: Bool
    ) throws(MalformedRecord) -> Event {
        guard let name = type.text else { throw MalformedRecord(what: "type") }
        return .unknown(
            UnknownEvent(
                type: name,
                run: try? fields.optionalID("run_id"),
                isCritical: isCritical || fields.flag("critical"),
                line: Array(line)
            )
        )
    }

    /// The run's id; made only once for records of one run in a row.
    func run() throws(MalformedRecord) -> RunID {
        if let slice = try fields.slice("run_id"), slice.count == lastRun.rawValue.utf8.count {
            var known = lastRun.rawValue
            let isSame = known.withUTF8 { known in
                for place in 0..<slice.count where known[place] != slice.start[place] { return false }
                return slice.count > 0
            }
            if isSame { return lastRun }
        }
        lastRun = try fields.id("run_id")
        return lastRun
    }
}
