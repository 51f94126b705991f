import CFleetSupervisor
import FleetWire

/// Writes an attempt's log, in bounded space whatever comes.
///
/// A disk that is full, or a limit on file sizes, costs the bytes that did not fit: they count as dropped, and the
/// program that wrote them goes on.
package struct BoundedLogWriter: ~Copyable {
    /// The first file.
    package let path: String
    /// What may be kept.
    package let limits: BoundedLog.Limits
    /// Bytes that were written to the log, kept or not.
    package private(set) var total: UInt64 = 0

    private var pieces: [BoundedLog.Piece] = []
    private var descriptor: Int32 = -1
    private var room: UInt64 = 0
    private var headDigest: SHA256?

    /// A log at `path`, of which no file is there yet.
    package init(path: String, limits: BoundedLog.Limits, digesting: Bool) {
        self.path = path
        self.limits = limits
        headDigest = digesting ? SHA256() : nil
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// Appends bytes.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        if total >= limits.head, UInt64(rest.count) > limits.tail + limits.segment {
            let skipped = rest.count - Int(limits.tail)
            rest = rest.dropFirst(skipped)
            total += UInt64(skipped)
            closePiece()
        }
        while !rest.isEmpty {
            guard room > 0 || openPiece() else { break }
            let part = rest.prefix(Int(min(UInt64(rest.count), room)))
            if total >= limits.head { makeRoom(for: UInt64(part.count)) }
            let written = write(UnsafeRawBufferPointer(rebasing: part))
            rest = rest.dropFirst(written)
            if written < part.count {
                closePiece()
                break
            }
        }
        total += UInt64(rest.count)
    }

    /// Counts bytes as written and not kept, up to `offset`: a copy of a log has its gaps where the log has them.
    package mutating func skip(to offset: UInt64) {
        guard offset > total else { return }
        closePiece()
        total = offset
    }

    /// Waits until all that is kept is on the disk, as far as that can be had.
    package func synchronize() {
        for piece in pieces {
            guard let file = try? Descriptor.open(piece.path(of: path), O_RDONLY | O_NOFOLLOW) else { continue }
            _ = fdatasync(file.number)
        }
    }

    /// Ends the log.
    package consuming func finish() -> BoundedLog.Summary {
        let kept = pieces.reduce(0) { $0 + $1.length }
        var summary = BoundedLog.Summary(total: total, dropped: total - kept, digest: nil)
        if let headDigest {
            let isHeadAlone = pieces.allSatisfy { $0.isHead }
            summary.digest = isHeadAlone ? headDigest.hexDigest() : digestOfFiles()
        }
        return summary
    }

    /// Writes into the open piece; gives how many bytes it took.
    private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var done = 0
        while done < bytes.count {
            let count = CFleetSupervisor.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count > 0 {
                done += count
            } else if count == 0 || cfleet_errno() != EINTR {
                break
            }
        }
        let last = pieces.count - 1
        if pieces[last].isHead { headDigest?.update(UnsafeRawBufferPointer(rebasing: bytes.prefix(done))) }
        pieces[last].length += UInt64(done)
        total += UInt64(done)
        room -= UInt64(done)
        return done
    }

    /// Begins the piece that the next byte belongs to.
    ///
    /// - Returns: whether it could be made, and may hold anything.
    private mutating func openPiece() -> Bool {
        closePiece()
        let inHead = total < limits.head
        let capacity = inHead ? limits.head - total : min(limits.segment, limits.tail)
        guard capacity > 0 else { return false }
        if pieces.count >= BoundedLog.pieceLimit {
            guard let oldest = pieces.firstIndex(where: { $0.start >= limits.head }) else { return false }
            removePiece(oldest)
        }
        let piece = BoundedLog.Piece(start: total, length: 0, isHead: inHead && total == 0)
        let number = cfleet_openat(
            AT_FDCWD,
            piece.path(of: path),
            O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW,
            0o600
        )
        guard number >= 0 else { return false }
        descriptor = number
        room = capacity
        pieces.append(piece)
        return true
    }

    /// Ends the open piece, and removes it where nothing got into it.
    private mutating func closePiece() {
        guard descriptor >= 0 else { return }
        _ = close(descriptor)
        descriptor = -1
        room = 0
        if pieces.last?.length == 0 { removePiece(pieces.count - 1) }
    }

    /// Removes the oldest segments so that `count` more bytes fit behind the head.
    private mutating func makeRoom(for count: UInt64) {
        var kept = pieces.reduce(0) { $0 + ($1.start >= limits.head ? $1.length : 0) }
        while kept + count > limits.tail {
            guard let oldest = pieces.dropLast().firstIndex(where: { $0.start >= limits.head }) else { return }
            kept -= pieces[oldest].length
            removePiece(oldest)
        }
    }

    private mutating func removePiece(_ index: Int) {
        _ = unlink(pieces[index].path(of: path))
        pieces.remove(at: index)
    }

    private func digestOfFiles() -> String? {
        var digest = SHA256()
        for piece in pieces {
            guard let file = try? Descriptor.open(piece.path(of: path), O_RDONLY | O_NOFOLLOW) else { return nil }
            var offset = 0
            while offset < Int(piece.length) {
                guard let part = try? readFully(file.number, at: offset, count: 1 << 16), !part.isEmpty else {
                    return nil
                }
                part.withUnsafeBytes { digest.update($0) }
                offset += part.count
            }
        }
        return digest.hexDigest()
    }
}
