import FleetCore
import TestSupport
import Testing

@testable import FleetLedger

/// Lines that are no records, or not whole ones.
@Suite struct RecordFaultTests {
    private static func damage(_ line: [UInt8]) -> LedgerDamage.Kind? {
        if case .damaged(let kind) = RecordTests.read(line) { kind } else { nil }
    }

    private static func unknown(_ line: [UInt8]) -> UnknownEvent? {
        guard case .record(let record) = RecordTests.read(line), case .unknown(let event) = record.event else {
            return nil
        }
        return event
    }

    private static let head = #"{"v":1,"seq":3,"time":"2025-10-09T08:53:20.123Z","type":"#

    @Test(
        arguments: [
            ("", .notARecord), ("x", .notARecord), ("{}", .notARecord), (#"{"v":1}"#, .checksum), ("\0\0\0", .nulBytes),
            ("{\"v\":\0", .nulBytes), ("[1,2]", .notARecord), (#"{"v":1,"crc":"00000000"}"#, .checksum),
            (#"{"v":1,"seq":3,"type":"x","crc":"zzzzzzzz"}"#, .checksum), (#","crc":"00000000"}"#, .notARecord),
        ] as [(String, LedgerDamage.Kind)]
    )
    func lineIsDamaged(line: String, kind: LedgerDamage.Kind) { #expect(Self.damage(Array(line.utf8)) == kind) }

    @Test(arguments: Samples.events) func everyFlippedBitIsSeen(_ event: Event) {
        let line = Array(RecordWriter.line(LedgerRecord(seq: 7, time: Samples.time, event: event)).dropLast())
        for place in line.indices {
            var flipped = line
            flipped[place] ^= 1 << UInt8(place % 8)
            #expect(Self.damage(flipped) != nil)
        }
        for length in 0..<line.count { #expect(Self.damage(Array(line.prefix(length))) != nil) }
    }

    /// The checksum is right, but a field is missing or of another kind.
    @Test(arguments: [
        (#"{"v":1"#, "seq"), (#"{"seq":1"#, "v"),
        (#"{"v":1,"seq":0,"time":"2025-10-09T08:53:20.123Z","type":"x""#, "seq"),
        (#"{"v":1,"seq":1,"type":"x""#, "time"), (#"{"v":1,"seq":1,"time":"yesterday","type":"x""#, "time"),
        (#"{"v":1,"seq":1,"time":"2025-10-09T08:53:20.123Z""#, "seq"), (#"{"v":1,,"#, "its structure"),
        (#"{"v":1 ,"seq":1"#, "its structure"), (#"{v:1"#, "its structure"), (#"{"v""#, "its structure"),
        (#"{"v":"x"#, "its structure"), (#"{"v":[1"#, "its structure"), (#"{"v":"\"#, "its structure"),
        (head + #""task_enqueued","run_id":"r""#, "task_id"), (head + #""task_enqueued","task_id":"t""#, "run_id"),
        (head + #""task_enqueued","run_id":"../r","task_id":"t""#, "run_id"),
        (head + #""task_enqueued","run_id":"r\u0041","task_id":"t""#, "run_id"),
        (head + #""task_enqueued","run_id":"r","task_id":".t""#, "task_id"),
        (head + #""task_enqueued","run_id":"","task_id":"t""#, "run_id"),
        (head + #""task_enqueued","run_id":7,"task_id":"t""#, "run_id"),
        (head + #""manager_started","run_id":"r","pid":"x""#, "pid"),
        (head + #""task_leased","run_id":"r","task_id":"t","attempt":0,"worker_id":"w","nonce":"n""#, "attempt"),
        (
            head + #""task_leased","run_id":"r","task_id":"t","attempt":2147483648,"worker_id":"w","nonce":"n""#,
            "attempt"
        ),
        (head + #""task_leased","run_id":"r","task_id":"t","attempt":1,"worker_id":"w","nonce":"\ud83d""#, "nonce"),
        (head + #""task_leased","run_id":"r","task_id":"t","attempt":1,"worker_id":"w","nonce":"\uzzzz""#, "nonce"),
        (head + #""run_created","run_id":"r","name":"n","spec_digest":"d","task_count":1,"workers":[5]"#, "workers"),
        (head + #""run_created","run_id":"r","name":"n","spec_digest":"d","task_count":1,"workers":{}"#, "workers"),
        (head + #""run_created","run_id":"r","name":"n","spec_digest":"d","task_count":1,"labels":{"a":1}"#, "labels"),
        (
            head + #""attempt_finished","run_id":"r","task_id":"t","attempt":1,"worker_id":"w","outcome":"great""#,
            "outcome"
        ),
        (
            head
                + #""attempt_finished","run_id":"r","task_id":"t","attempt":1,"worker_id":"w","outcome":"passed","exit":{}"#,
            "signal"
        ),
        (
            head
                + #""attempt_finished","run_id":"r","task_id":"t","attempt":1,"worker_id":"w","outcome":"passed","usage":5"#,
            "usage"
        ),
        (head + #""end_requested","run_id":"r","scope":"all","mode":"stop","request_id":"e""#, "scope"),
        (
            head + #""end_confirmed","run_id":"r","task_id":"t","attempt":1,"result":"stopped","survivors":["x"]"#,
            "survivors"
        ),
        (head + #""run_finished","run_id":"r","status":"completed","seconds":1"#, "tasks"),
    ])
    func recordIsMalformed(content: String, what: String) {
        #expect(Self.damage(RecordTests.sealed(Array(content.utf8))) == .malformed(what))
    }

    @Test func malformedUTF8IsDamage() {
        let content =
            Array((Self.head + #""task_requeued","run_id":"r","task_id":"t","reason":""#).utf8) + [0xff, 0x22]
        #expect(Self.damage(RecordTests.sealed(content)) == .malformed("reason"))
    }

    // MARK: What a newer version wrote

    @Test(arguments: [(#""x""#, false), (#""x","critical":true"#, true), (#""x","critical":false"#, false)])
    func unknownTypeIsKept(type: String, isCritical: Bool) {
        let line = RecordTests.sealed(Array((Self.head + type + #","run_id":"r","more":{"a":[1,"}"]}"#).utf8))
        #expect(
            Self.unknown(line)
                == UnknownEvent(type: "x", run: RunID(unchecked: "r"), isCritical: isCritical, line: line)
        )
    }

    @Test(arguments: [0, 2, 99]) func recordOfAnotherVersionIsCritical(version: Int) {
        let content = #"{"v":\#(version),"seq":3,"time":"2025-10-09T08:53:20.123Z","type":"task_enqueued","run_id":5"#
        let event = Self.unknown(RecordTests.sealed(Array(content.utf8)))
        #expect(event?.isCritical == true)
        #expect(event?.run == nil)
    }

    @Test func unknownFieldsOfAKnownTypeAreSkipped() throws {
        let line = RecordTests.sealed(
            Array((Self.head + #""task_enqueued","new":[{"a":"]"},null],"run_id":"r","task_id":"t","z":true"#).utf8)
        )
        guard case .record(let record) = RecordTests.read(line) else {
            Issue.record("no record")
            return
        }
        #expect(record.event == .taskEnqueued(.init(run: RunID(unchecked: "r"), task: TaskID(unchecked: "t"))))
    }

    @Test func unknownRecordIsWrittenAsItWas() throws {
        let line = RecordTests.sealed(Array((Self.head + #""x""#).utf8))
        guard case .record(let record) = RecordTests.read(line) else {
            Issue.record("no record")
            return
        }
        #expect(RecordWriter.line(record) == line + [UInt8(ascii: "\n")])
    }

    /// Right checksums around wrong content: never a trap.
    @Test(arguments: 0..<4) func mutantsWithRightChecksumsNeverTrap(part: Int) {
        let seed = 0x1ed6_e400 &+ UInt64(part)
        var generator = SeededGenerator(seed: seed)
        let contents = Samples.events.map {
            Array(RecordWriter.line(LedgerRecord(seq: 7, time: Samples.time, event: $0)).dropLast(19))
        }
        let pieces = [
            "\"", "\\", "\\u", "\\ud83d", "{", "}", "[", "]", ",", ":", "null", "-", "9", "99999999999999999999", "e",
            "\0", "true",
        ]
        var records = 0
        for _ in 0..<2_500 {
            var content = contents.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 1..<content.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: content[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: content.remove(at: place)
                case 2: content.insert(contentsOf: (pieces.randomElement(using: &generator) ?? "").utf8, at: place)
                default: content.removeSubrange(place..<min(content.count, place + 20))
                }
            }
            if case .record = RecordTests.read(RecordTests.sealed(content)) { records += 1 }
        }
        #expect(records > 100, "seed \(seed)")
        print("2,500 sealed mutants with seed \(seed): \(records) read")
    }
}
