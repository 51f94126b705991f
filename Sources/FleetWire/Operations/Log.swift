/// Asks for a part of an attempt's log.
package struct LogRequest: WireMessage {
    /// Which attempt.
    package var key: AttemptKey
    /// From which byte of all that was written.
    package var offset: UInt64
    /// At most how many bytes; the host gives at most 512 KiB.
    package var limit: UInt32

    /// A request of its parts.
    package init(key: AttemptKey, offset: UInt64, limit: UInt32) {
        self.key = key
        self.offset = offset
        self.limit = limit
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        writer.field(2, offset)
        writer.field(3, UInt64(limit))
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""), offset: 0, limit: 0)
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: offset = try field.number()
            case 3: limit = try field.number32()
            default: break
            }
        }
    }
}

/// A part of a file: of an attempt's log, or of an artifact.
package struct FileChunk: WireMessage {
    /// Where the bytes begin.
    package var offset: UInt64 = 0
    /// The bytes.
    package var bytes: [UInt8] = []
    /// The file's whole length as of now; for a log, all that was written.
    package var total: UInt64 = 0
    /// Where the asked-for offset lies in a part that is no longer kept: the first byte after it, to read on from.
    package var gapEnd: UInt64 = 0
    /// Whether no more can come: the attempt ended and this is the last of it.
    package var isFinal = false

    /// An empty chunk.
    package init() {}

    package func encode(into writer: inout WireWriter) {
        writer.field(1, offset)
        writer.field(2, bytes)
        writer.field(3, total)
        writer.field(4, gapEnd)
        writer.field(5, isFinal)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: offset = try field.number()
            case 2: bytes = Array(field.content)
            case 3: total = try field.number()
            case 4: gapEnd = try field.number()
            case 5: isFinal = try field.flag()
            default: break
            }
        }
    }
}
