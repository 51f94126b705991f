import FleetWire
import Foundation
import TestSupport
import Testing

@testable import FleetSupervisor

@Suite("Bounded logs")
struct BoundedLogTests {
    /// Reads all that is kept, with the bounds of every gap.
    private static func readAll(
        _ path: String,
        total: UInt64?,
        limit: Int
    ) -> (bytes: [(offset: UInt64, bytes: [UInt8])], gaps: [Range<UInt64>]) {
        let reader = BoundedLogReader(path: path, knownTotal: total)
        var parts: [(offset: UInt64, bytes: [UInt8])] = []
        var gaps: [Range<UInt64>] = []
        var offset: UInt64 = 0
        while true {
            let part = reader.read(offset: offset, limit: limit)
            if let end = part.gapEnd {
                gaps.append(offset..<end)
                offset = end
            } else if part.bytes.isEmpty {
                return (parts, gaps)
            } else {
                parts.append((part.offset, part.bytes))
                offset += UInt64(part.bytes.count)
            }
        }
    }

    @Test("whatever is written in whatever pieces: bounded, head and tail kept, every number exact", arguments: 0..<40)
    func histories(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let place = try TemporaryPlace()
        defer { place.remove() }
        let limit = UInt64.random(in: 1...6_000, using: &generator)
        let head = UInt64.random(in: 0...limit, using: &generator)
        let path = "\(place.path)/t.1.log"
        var writer = BoundedLogWriter(path: path, limits: .init(limit: limit, head: head), digesting: true)
        var all: [UInt8] = []
        for _ in 0..<Int.random(in: 0...60, using: &generator) {
            let count = Int.random(in: 0...Int.random(in: 1...9_000, using: &generator), using: &generator)
            let piece = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            piece.withUnsafeBytes { writer.append($0) }
            all += piece
            #expect(place.bytes <= Int(limit), "seed \(seed)")
        }
        let summary = writer.finish()
        #expect(summary.total == UInt64(all.count), "seed \(seed)")
        let (parts, gaps) = Self.readAll(
            path,
            total: summary.total,
            limit: Int.random(in: 1...5_000, using: &generator)
        )
        for part in parts {
            #expect(Array(all[Int(part.offset)..<Int(part.offset) + part.bytes.count]) == part.bytes, "seed \(seed)")
        }
        let kept = parts.flatMap(\.bytes)
        #expect(summary.dropped == summary.total - UInt64(kept.count), "seed \(seed)")
        #expect(gaps.reduce(0) { $0 + UInt64($1.count) } == summary.dropped, "seed \(seed)")
        #expect(kept.prefix(Int(min(head, summary.total))).elementsEqual(all.prefix(Int(head))), "seed \(seed)")
        // At least half of what may be kept behind the head is the very end.
        let tail = Int((limit - head) / 2)
        #expect(kept.suffix(min(tail, all.count)).elementsEqual(all.suffix(tail)), "seed \(seed)")
        var digest = SHA256()
        digest.update(kept)
        #expect(summary.digest == digest.hexDigest(), "seed \(seed)")
        BoundedLog.remove(path)
        #expect(place.names == [])
    }

    @Test("nothing written makes no file")
    func empty() throws {
        let place = try TemporaryPlace()
        defer { place.remove() }
        let writer = BoundedLogWriter(
            path: "\(place.path)/x.log",
            limits: .init(limit: 100, head: 10),
            digesting: false
        )
        #expect(writer.finish() == BoundedLog.Summary(total: 0, dropped: 0, digest: nil))
        #expect(place.names == [])
    }

    @Test("a log of another attempt with a like name is left alone")
    func neighbours() throws {
        let place = try TemporaryPlace()
        defer { place.remove() }
        for name in ["t.1.log", "t.1.log.4096", "t.1.logs", "t.1.log.x", "t.1.log.9z", "at.1.log"] {
            #expect(FileManager.default.createFile(atPath: "\(place.path)/\(name)", contents: Data([1])))
        }
        BoundedLog.remove("\(place.path)/t.1.log")
        #expect(place.names == ["at.1.log", "t.1.log.9z", "t.1.log.x", "t.1.logs"])
    }
}
