import Foundation
import TestSupport
import Testing

@testable import FleetLedger

/// Files read line by line in large pieces.
@Suite struct LineFeedTests {
    /// What was read of a file: the lines, and where each begins.
    private func read(_ bytes: [UInt8], _ range: Range<Int64>? = nil) throws -> (
        lines: [[UInt8]], offsets: [Int64], end: Int64
    ) {
        try withDirectory { directory in
            let path = directory + "/file"
            try Files.write(bytes, to: path)
            var lines: [[UInt8]] = []
            var offsets: [Int64] = []
            let end = try LineFeed.read(try File(path, .read), range ?? 0..<Int64(bytes.count)) { piece, offset in
                switch piece {
                case .line(let line): lines.append(Array(line))
                case .oversized(let length): lines.append(Array("oversized \(length)".utf8))
                }
                offsets.append(offset)
            }
            return (lines, offsets, end)
        }
    }

    @Test(
        arguments: [
            ("", [], 0), ("\n", [""], 1), ("a\n", ["a"], 2), ("a", [], 0), ("a\nb", ["a"], 2),
            ("\n\na\n", ["", "", "a"], 4), ("a\r\n", ["a\r"], 3),
        ] as [(String, [String], Int64)]
    )
    func wholeLinesAreRead(text: String, lines: [String], end: Int64) throws {
        let read = try read(Array(text.utf8))
        #expect(read.lines == lines.map { Array($0.utf8) })
        #expect(read.end == end)
    }

    @Test func rangeIsKeptTo() throws {
        let read = try read(Array("one\ntwo\nthree\nfour\n".utf8), 4..<16)
        #expect(read.lines == ["two", "three"].map { Array($0.utf8) })
        #expect(read.offsets == [4, 8])
        #expect(read.end == 14)
    }

    @Test func rangeBeyondTheFileEndsWithIt() throws {
        #expect(try read(Array("a\nb".utf8), 0..<1_000).end == 2)
    }

    /// Lines of all lengths, so that pieces end at every place of a line.
    @Test(arguments: [11, 12] as [UInt64]) func linesThatCrossPiecesAreWhole(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var expected: [[UInt8]] = []
        var bytes: [UInt8] = []
        while bytes.count < 5 << 20 {
            let longest = [10, 1_000, 100_000, 2_000_000].randomElement(using: &generator) ?? 1
            let line = [UInt8](
                repeating: UInt8.random(in: 65...90, using: &generator),
                count: Int.random(in: 0...longest, using: &generator)
            )
            expected.append(line)
            bytes += line + [10]
        }
        let read = try read(bytes)
        #expect(read.lines.map(\.count) == expected.map(\.count), "seed \(seed)")
        #expect(zip(read.lines, expected).allSatisfy { $0.first == $1.first && $0.last == $1.last }, "seed \(seed)")
        var place: Int64 = 0
        for (offset, line) in zip(read.offsets, expected) {
            #expect(offset == place)
            place += Int64(line.count) + 1
        }
    }

    @Test func lineLongerThanAnyRecordIsNotHeld() throws {
        let long = RecordWriter.maximumLength * 2 + 5
        var bytes = Array("a\n".utf8)
        bytes += [UInt8](repeating: 0, count: long)
        bytes += Array("\nb\n".utf8)
        let read = try read(bytes)
        #expect(read.lines == ["a", "oversized \(long + 1)", "b"].map { Array($0.utf8) })
        #expect(read.offsets == [0, 2, Int64(long) + 3])
        #expect(read.end == Int64(bytes.count))
    }
}
