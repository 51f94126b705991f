import FleetCore
import Foundation
import TestSupport
import Testing

@testable import FleetLedger

/// Records as lines, and lines as records.
@Suite struct RecordTests {
    static func read(_ line: [UInt8], offset: Int64 = 0) -> RecordReader.Line {
        line.withUnsafeBufferPointer { RecordReader().read($0, offset: offset) }
    }

    /// A line with a right checksum around whatever content.
    static func sealed(_ content: [UInt8]) -> [UInt8] {
        let checksum = content.withUnsafeBufferPointer { CRC32C.checksum($0) }
        let digits = String(checksum, radix: 16)
        return content + Array(",\"crc\":\"\(String(repeating: "0", count: 8 - digits.count))\(digits)\"}".utf8)
    }

    @Test(arguments: Samples.events) func eventIsReadAsItWasWritten(_ event: Event) throws {
        let record = LedgerRecord(seq: .max, time: Samples.time, event: event, offset: 1 << 40)
        let line = RecordWriter.line(record)
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(line.dropLast().allSatisfy { $0 >= 0x20 })
        guard case .record(let read) = Self.read(line.dropLast(), offset: 1 << 40) else {
            Issue.record("\(String(decoding: line, as: UTF8.self))")
            return
        }
        var expected = record
        expected.length = line.count
        #expect(read == expected)
    }

    /// Other programs read the ledger, too.
    @Test(arguments: Samples.events) func lineIsJSON(_ event: Event) throws {
        let line = RecordWriter.line(LedgerRecord(seq: 7, time: Samples.time, event: event))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        #expect(object["v"] as? Int == 1)
        #expect(object["seq"] as? Int == 7)
        #expect(object["time"] as? String == "2025-10-09T08:53:20.123Z")
        #expect(object["type"] as? String == event.type)
        #expect(object["run_id"] as? String == event.run?.rawValue)
        #expect(object["task_id"] as? String == event.task?.rawValue)
        #expect((object["crc"] as? String)?.count == 8)
    }

    @Test func formIsThatOfTheDocuments() {
        let line = RecordWriter.line(
            LedgerRecord(seq: 3, time: Samples.time, event: .runReopened(.init(run: Samples.run)))
        )
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"v":1,"seq":3,"time":"2025-10-09T08:53:20.123Z","type":"run_reopened","run_id":"nightly-1","crc":"d7a51a7d"}"#
                + "\n"
        )
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (1e-9, "1e-09"), (1e15, "1000000000000000"),
            (1e22, "1e+22"), (123_456.789, "123456.789"), (.infinity, "null"), (.nan, "null"),
            (.leastNonzeroMagnitude, "5e-324"),
        ] as [(Double, String)]
    )
    func numberIsTheShortestThatReadsBack(number: Double, text: String) {
        let bytes = JSONLineWriter.object { $0.member("n", number) }
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"n\":\(text)}")
        guard number.isFinite else { return }
        let read = Array(text.utf8)
            .withUnsafeBufferPointer { buffer in
                buffer.baseAddress.flatMap { Slice(start: $0, count: buffer.count).number }
            }
        #expect(read == number)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func randomNumbersAreReadAsTheyAreWritten(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<2_000 {
            let number =
                round % 2 == 0
                ? Double(bitPattern: generator.next())
                : (Double.random(in: 0...1e6, using: &generator) * 1e4).rounded() / 1e4
            guard number.isFinite else { continue }
            let bytes = JSONLineWriter.object { $0.member("n", number) }.dropFirst(5).dropLast()
            let read = Array(bytes)
                .withUnsafeBufferPointer { buffer in
                    buffer.baseAddress.flatMap { Slice(start: $0, count: buffer.count).number }
                }
            #expect(read == number, "seed \(seed)")
        }
    }

    @Test(arguments: ["", "-", "x", "1.2.3", "1e", "nan", "inf", "-infinity", "0x10", "1 ", "9223372036854775808x"])
    func whatIsNoNumberIsNone(_ text: String) {
        let number = (Array(text.utf8) + [0])
            .withUnsafeBufferPointer { buffer in
                buffer.baseAddress.flatMap { Slice(start: $0, count: buffer.count - 1).number }
            }
        #expect(number == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775807", -.max),
            ("9223372036854775808", nil),
            ("99999999999999999999", nil), ("", nil), ("-", nil), ("1.0", nil), ("1e3", nil), ("+1", nil),
        ] as [(String, Int64?)]
    )
    func wholeNumber(text: String, number: Int64?) {
        let read = (Array(text.utf8) + [0])
            .withUnsafeBufferPointer { buffer in
                buffer.baseAddress.flatMap { Slice(start: $0, count: buffer.count - 1).integer }
            }
        #expect(read == number)
    }
}
