/// Names attempts whose record is to be removed.
package struct CleanupRequest: WireMessage {
    /// Which attempts.
    package var keys: [AttemptKey]

    /// A request for `keys`.
    package init(keys: [AttemptKey]) { self.keys = keys }

    package func encode(into writer: inout WireWriter) {
        for key in keys { writer.field(1, key) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(keys: [])
        while let field = try reader.next() {
            if field.tag == 1 { keys.append(try field.message()) }
        }
    }
}
