/// Says that a manager drives the workspace's attempts on this host, and for how long that may be believed.
///
/// One lease stands for the workspace on the host. Nothing but a start and this renews it: who only looks has none.
package struct LeaseRequest: WireMessage {
    /// Milliseconds from now for which others must take the workspace's attempts for somebody's work.
    package var validity: UInt64

    /// A request of its parts.
    package init(validity: UInt64) { self.validity = validity }

    package func encode(into writer: inout WireWriter) { writer.field(1, validity) }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(validity: 0)
        while let field = try reader.next() {
            if field.tag == 1 { validity = try field.number() }
        }
    }
}
