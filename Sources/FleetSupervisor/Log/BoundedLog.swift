import CFleetSupervisor

/// How an attempt's log lies on disk: a head file, then segments named by their start offset.
///
/// `<path>` holds the first ``Limits/head`` bytes. What follows goes to `<path>.<start offset>` files, of which the
/// oldest are removed so that never more than ``Limits/limit`` bytes are kept. Nothing is made for an empty log.
package enum BoundedLog {
    /// What a log may hold.
    package struct Limits: Sendable, Equatable {
        /// Bytes kept in all, the head among them.
        package let limit: UInt64
        /// Bytes of the head.
        package let head: UInt64

        /// Limits; a head over the limit is cut to it.
        package init(limit: UInt64, head: UInt64) {
            self.limit = limit
            self.head = min(head, limit)
        }

        /// Bytes kept behind the head.
        var tail: UInt64 { limit - head }

        /// Bytes of one segment: small logs are halved, others quartered, so that at least that much of the end is kept.
        var segment: UInt64 { tail < 16_384 ? max(1, tail / 2) : tail / 4 }
    }

    /// What a log came to.
    package struct Summary: Sendable, Equatable {
        /// Bytes that were written to it.
        package var total: UInt64
        /// Bytes of these that are not kept.
        package var dropped: UInt64
        /// SHA-256 in hex of the kept bytes in order, where it was asked for.
        package var digest: String?
    }

    /// One of a log's files.
    struct Piece: Equatable {
        /// The offset of its first byte in all that was written.
        var start: UInt64
        /// Its length in bytes.
        var length: UInt64
        /// Whether it is the file without an offset in its name.
        var isHead: Bool

        /// The offset behind its last byte.
        var end: UInt64 { start + length }

        /// Where it lies.
        func path(of log: String) -> String { isHead ? log : "\(log).\(start)" }
    }

    /// More pieces than this are never kept, whatever the disk does.
    static let pieceLimit = 64

    /// The paths of a log's files.
    package static func files(_ path: String) -> [String] {
        BoundedLogReader(path: path).listedPieces().map { $0.path(of: path) }
    }

    /// Removes a log's files, and nothing where there are none.
    package static func remove(_ path: String) {
        for piece in BoundedLogReader(path: path).listedPieces() { _ = unlink(piece.path(of: path)) }
    }
}
