/// Names attempts whose record is to be removed.
package struct CleanupRequest: WireMessage {
    /// Which attempts.
    package var keys: [AttemptKey]
    /// Whether it is refused where the lease of the workspace is valid, or there never was one.
    ///
    /// Supervisors before ``HelloReply/guardsCleanup`` do not look at it.
    package var onlyUnowned: Bool

    /// A request for `keys`.
    package init(keys: [AttemptKey], onlyUnowned: Bool = false) {
        self.keys = keys
        self.onlyUnowned = onlyUnowned
    }

    package func encode(into writer: inout WireWriter) {
        for key in keys { writer.field(1, key) }
        writer.field(2, onlyUnowned)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(keys: [])
        while let field = try reader.next() {
            switch field.tag {
            case 1: keys.append(try field.message())
            case 2: onlyUnowned = try field.flag()
            default: break
            }
        }
    }
}
