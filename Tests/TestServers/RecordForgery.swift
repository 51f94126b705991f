import Foundation

/// Rewrites what a supervisor's record says of an attempt's processes, as a reused pid or a reboot would leave it.
package enum RecordForgery {
    /// Rewrites the section of a record that names its processes.
    ///
    /// - Parameters:
    ///   - path: the record.
    ///   - pid: the program's from then on; nil for the one that it has.
    ///   - ticks: when the program started, in ticks since boot.
    ///   - bootID: the life of the host in which it did; nil for the one that it has.
    /// - Throws: ``Command/Failure`` where there is no such record.
    package static func rewriteLife(
        _ path: String,
        pid: UInt32? = nil,
        ticks: UInt64 = 1,
        bootID: String? = nil
    ) throws {
        guard var file = FileManager.default.contents(atPath: path) else {
            throw Command.Failure("\(path) is not there")
        }
        // The section's place and form: see the supervisor's record layout.
        let start = 4_352
        let length = file[(start + 6)..<(start + 10)].reduce(0) { $0 << 8 | Int($1) }
        var rest = file[(start + 10)..<(start + 10 + length)]
        var content: [UInt8] = []
        while rest.count >= 5, let tag = rest.first {
            let count = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            let field = Array(rest.dropFirst(5).prefix(count))
            rest = rest.dropFirst(5 + count)
            switch tag {
            case 1: content += Self.field(tag, bootID.map { Array($0.utf8) } ?? field)
            case 4: content += Self.field(tag, pid.map { process($0, ticks) } ?? field)
            default: content += Self.field(tag, field)
            }
        }
        var section = Array("CWAR".utf8) + [1, 3] + bytes(UInt32(content.count)) + content
        section += bytes(crc32c(section))
        file.replaceSubrange(start..<(start + section.count), with: section)
        try file.write(to: URL(fileURLWithPath: path))
    }

    private static func process(_ pid: UInt32, _ ticks: UInt64) -> [UInt8] {
        field(1, bytes(UInt64(pid))) + field(2, bytes(ticks)) + field(3, bytes(ticks))
    }

    private static func field(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + bytes(UInt32(content.count)) + content
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    private static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
        }
        return ~value
    }
}
