import FleetSupervisor

/// Reads a log from a place on, part by part, also while it is written.
struct LogReading {
    /// What comes next.
    enum Part: Equatable {
        /// Bytes from an offset on.
        case bytes(UInt64, [UInt8])
        /// Bytes that were not kept.
        case gap(Range<UInt64>)
    }

    /// How many bytes are read at once.
    static let chunk = 256 << 10

    /// The log.
    var reader: BoundedLogReader
    /// Where the next part begins, in all that was written.
    private(set) var offset: UInt64

    /// A log from an offset on.
    init(_ reader: BoundedLogReader, from offset: UInt64 = 0) {
        self.reader = reader
        self.offset = offset
    }

    /// The next part; nil where there is nothing more by now.
    mutating func next() -> Part? {
        let part = reader.read(offset: offset, limit: Self.chunk)
        if let end = part.gapEnd, end > offset {
            defer { offset = end }
            return .gap(offset..<end)
        }
        guard !part.bytes.isEmpty else { return nil }
        defer { offset += UInt64(part.bytes.count) }
        return .bytes(part.offset, part.bytes)
    }

    /// Where the last lines begin.
    ///
    /// Only the end of the log is read, in windows that grow until they hold the lines.
    static func start(ofLast lines: Int, in reader: BoundedLogReader) -> UInt64 {
        let total = reader.extent().total
        guard lines > 0 else { return total }
        var window: UInt64 = 64 << 10
        while true {
            let start = total > window ? total - window : 0
            if let found = lastLines(lines, of: reader, from: start, to: total) { return found }
            if start == 0 { return 0 }
            window *= 8
        }
    }

    /// - Returns: nil where fewer lines begin behind `start`.
    private static func lastLines(
        _ lines: Int,
        of reader: BoundedLogReader,
        from start: UInt64,
        to total: UInt64
    ) -> UInt64? {
        var reading = LogReading(reader, from: start)
        // A ring of the places where the last lines begin.
        var begins: [UInt64] = []
        var count = 0
        func note(_ place: UInt64) {
            if begins.count < lines { begins.append(place) } else { begins[count % lines] = place }
            count += 1
        }
        if start == 0 { note(0) }
        while reading.offset < total, let part = reading.next() {
            guard case .bytes(let offset, let bytes) = part else { continue }
            for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
                let place = offset + UInt64(index) + 1
                if place < total { note(place) }
            }
        }
        return count >= lines ? begins.min() : nil
    }
}
