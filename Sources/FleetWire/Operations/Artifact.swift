/// Asks for a part of an artifact.
package struct ArtifactRequest: WireMessage {
    /// Which attempt.
    package var key: AttemptKey
    /// As in ``ArtifactEntry/path``.
    package var path: String
    /// From which byte.
    package var offset: UInt64
    /// At most how many bytes; the host gives at most 512 KiB.
    package var limit: UInt32

    /// A request of its parts.
    package init(key: AttemptKey, path: String, offset: UInt64, limit: UInt32) {
        self.key = key
        self.path = path
        self.offset = offset
        self.limit = limit
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        writer.field(2, path)
        writer.field(3, offset)
        writer.field(4, UInt64(limit))
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""), path: "", offset: 0, limit: 0)
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: path = field.text()
            case 3: offset = try field.number()
            case 4: limit = try field.number32()
            default: break
            }
        }
    }
}
