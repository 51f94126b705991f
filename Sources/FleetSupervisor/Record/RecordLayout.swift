import FleetWire

/// How an attempt's record file lies on disk.
///
/// The file's space is taken at start, in sections at fixed places. Each holds one message and is written in one go:
/// magic, version, kind, length, content, CRC-32C of all that. A section that is not there, or torn, reads as nothing.
/// The end has a block of its own, so that it finds its space where a file system writes changed blocks elsewhere.
enum RecordLayout {
    /// The format's version; a reader takes no other.
    static let version: UInt8 = 1
    /// Bytes of a block.
    static let block = 4_096

    /// The sections.
    enum Section: UInt8, CaseIterable, Sendable {
        /// An ``AttemptReport``: how it ended. Once it is there the attempt is over.
        case end = 1
        /// A ``RecordIntent``: what was asked for last.
        case intent = 2
        /// A ``RecordLife``: which processes there are.
        case life = 3
        /// An ``AttemptReport``: what an end could not do while the program runs on.
        case notice = 4
        /// A ``RecordStart``: what was started.
        case start = 5

        /// Where it begins.
        var offset: Int {
            switch self {
            case .end: 0
            case .intent: 4_096
            case .life: 4_352
            case .notice: 4_864
            case .start: 6_144
            }
        }

        /// The most bytes that it may take.
        var capacity: Int {
            switch self {
            case .end: 4_096
            case .intent: 256
            case .life: 512
            case .notice: 1_280
            case .start: 64 << 10
            }
        }
    }

    private static let magic: [UInt8] = Array("CWAR".utf8)
    private static let headerLength = 10

    /// A section's bytes; nothing where the content does not fit.
    static func encode(_ section: Section, _ content: [UInt8]) -> [UInt8]? {
        var bytes = magic
        bytes.append(version)
        bytes.append(section.rawValue)
        append(UInt32(truncatingIfNeeded: content.count), to: &bytes)
        bytes.append(contentsOf: content)
        append(Checksum.crc32c(bytes), to: &bytes)
        return bytes.count <= section.capacity ? bytes : nil
    }

    /// A section's content out of the file's bytes; nothing where it is missing, torn, or of another version.
    static func decode(_ section: Section, from file: [UInt8]) -> ArraySlice<UInt8>? {
        let rest = file.dropFirst(section.offset).prefix(section.capacity)
        guard rest.count >= headerLength + 4, rest.starts(with: magic) else { return nil }
        let first = rest.startIndex
        guard rest[first + 4] == version, rest[first + 5] == section.rawValue else { return nil }
        let length = Int(number(rest[(first + 6)..<(first + 10)]))
        guard length <= rest.count - headerLength - 4 else { return nil }
        let body = rest.prefix(headerLength + length)
        guard Checksum.crc32c(body) == number(rest.dropFirst(headerLength + length).prefix(4)) else { return nil }
        return body.dropFirst(headerLength)
    }

    /// A section as a message.
    static func decode<M: WireMessage>(_ section: Section, as type: M.Type, from file: [UInt8]) -> M? {
        guard let content = decode(section, from: file) else { return nil }
        return try? M(wireBytes: content)
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
