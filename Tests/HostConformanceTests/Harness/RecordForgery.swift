import FleetWire
import Foundation

extension Site {
    /// Rewrites the part of an attempt's record that names its processes, as a reused pid or a reboot would leave it.
    ///
    /// The program has `pid` from then on, and started in no tick that any live process did, unless `matching` names one.
    func rewriteLife(of key: AttemptKey, pid: UInt32, bootID: String? = nil, matching process: Int32? = nil) throws {
        let path = outside("\(state)/\(key.run)/\(key.task).\(key.attempt).rec")
        guard var file = FileManager.default.contents(atPath: path) else { throw SiteError("\(path) is not there") }
        // The section's place and form: see the supervisor's record layout.
        let start = 4_352
        let length = file[(start + 6)..<(start + 10)].reduce(0) { $0 << 8 | Int($1) }
        let content = Array(file[(start + 10)..<(start + 10 + length)])
        var reader = WireReader(content[...])
        var writer = WireWriter()
        let ticks = try process.map { try Site.startTicks(of: $0) } ?? 1
        while let field = try reader.next() {
            switch field.tag {
            case 1 where bootID != nil: writer.field(1, bootID ?? "")
            case 4:
                var inner = WireWriter()
                inner.field(1, UInt64(pid))
                inner.field(2, ticks)
                inner.field(3, ticks)
                writer.field(4, inner.bytes)
            default: writer.field(field.tag, Array(field.content))
            }
        }
        var section = Array("CWAR".utf8) + [1, 3]
        for shift in [24, 16, 8, 0] { section.append(UInt8(truncatingIfNeeded: writer.bytes.count >> shift)) }
        section += writer.bytes
        let checksum = Site.crc32c(section)
        for shift in [24, 16, 8, 0] as [UInt32] { section.append(UInt8(truncatingIfNeeded: checksum >> shift)) }
        file.replaceSubrange(start..<(start + section.count), with: section)
        try file.write(to: URL(fileURLWithPath: path))
    }

    private static func startTicks(of pid: Int32) throws -> UInt64 {
        let stat = String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data(), as: UTF8.self)
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 20, let ticks = UInt64(fields[20]) else { throw SiteError("no start of \(pid)") }
        return ticks
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
