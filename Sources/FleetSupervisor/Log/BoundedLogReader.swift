import CFleetSupervisor

/// Reads an attempt's log, also while it is written.
package struct BoundedLogReader: Sendable {
    /// A part of a log.
    package struct Part: Sendable, Equatable {
        /// Where its bytes begin.
        package var offset: UInt64
        /// The bytes.
        package var bytes: [UInt8] = []
        /// All that was written to the log so far.
        package var total: UInt64 = 0
        /// Where the asked-for offset lies in a part that is no longer kept: the first byte behind that part.
        package var gapEnd: UInt64?
    }

    /// The log's first file.
    package let path: String
    /// Bytes of its head, where known; spares a look at the directory while the head is not full.
    package let head: UInt64?
    /// All that was written, where the attempt ended.
    package let knownTotal: UInt64?

    /// A reader of the log at `path`.
    package init(path: String, head: UInt64? = nil, knownTotal: UInt64? = nil) {
        self.path = path
        self.head = head
        self.knownTotal = knownTotal
    }

    /// Bytes written so far, and how many of them are no longer kept.
    package func extent() -> (total: UInt64, dropped: UInt64) {
        let pieces = currentPieces()
        let total = max(knownTotal ?? 0, pieces.last?.end ?? 0)
        return (total, total - pieces.reduce(0) { $0 + $1.length })
    }

    /// At most `limit` bytes from `offset`, all from one file; none where nothing is there yet.
    ///
    /// An offset in a gap gives no bytes but the gap's end: read on from there.
    package func read(offset: UInt64, limit: Int) -> Part {
        // A segment may be removed between the look and the read: then the next look knows.
        for _ in 0..<8 {
            if let part = readOnce(offset: offset, limit: limit) { return part }
        }
        return Part(offset: offset, total: extent().total)
    }

    private func readOnce(offset: UInt64, limit: Int) -> Part? {
        let pieces = currentPieces()
        let total = max(knownTotal ?? 0, pieces.last?.end ?? 0)
        var part = Part(offset: offset, total: total)
        guard let piece = pieces.first(where: { $0.end > offset }) else {
            if offset < total { part.gapEnd = total }
            return part
        }
        guard piece.start <= offset else {
            part.gapEnd = piece.start
            return part
        }
        let count = Int(min(UInt64(max(limit, 0)), piece.end - offset))
        guard let file = try? Descriptor.open(piece.path(of: path), O_RDONLY | O_NOFOLLOW),
            let bytes = try? readFully(file.number, at: Int(offset - piece.start), count: count)
        else { return nil }
        part.bytes = bytes
        return part
    }

    /// The log's files, from a look at the head alone where that is enough.
    private func currentPieces() -> [BoundedLog.Piece] {
        if let head, head > 0 {
            let length = BoundedLogReader.length(of: path) ?? 0
            if length < head, (knownTotal ?? 0) <= length {
                return length == 0 ? [] : [BoundedLog.Piece(start: 0, length: length, isHead: true)]
            }
        }
        return listedPieces()
    }

    /// The log's files, by a look at their directory, in order.
    func listedPieces() -> [BoundedLog.Piece] {
        let utf8 = Array(path.utf8)
        let slash = utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory = slash.map { String(decoding: utf8[...$0], as: UTF8.self) } ?? "."
        let name = String(decoding: utf8[(slash.map { $0 + 1 } ?? 0)...], as: UTF8.self)
        var pieces: [BoundedLog.Piece] = []
        try? forEachEntry(of: directory) { entry in
            guard entry.hasPrefix(name) else { return }
            let suffix = entry.utf8.dropFirst(name.utf8.count)
            if suffix.isEmpty {
                pieces.append(BoundedLog.Piece(start: 0, length: 0, isHead: true))
            } else if suffix.first == UInt8(ascii: "."), let start = UInt64(decimal: suffix.dropFirst()) {
                pieces.append(BoundedLog.Piece(start: start, length: 0, isHead: false))
            }
        }
        pieces.sort { ($0.start, $0.isHead ? 0 : 1) < ($1.start, $1.isHead ? 0 : 1) }
        return pieces.compactMap { piece in
            guard let length = BoundedLogReader.length(of: piece.path(of: path)) else { return nil }
            return BoundedLog.Piece(start: piece.start, length: length, isHead: piece.isHead)
        }
    }

    private static func length(of path: String) -> UInt64? {
        var status = stat()
        guard lstat(path, &status) == 0, status.isRegular else { return nil }
        return UInt64(max(status.st_size, 0))
    }
}
