/// A workspace of the account that has a directory of the supervisor's on this host.
package struct WorkspaceEntry: WireMessage {
    /// Its id.
    package var id = ""
    /// Whether it is the one that asks.
    package var isOwn = false
    /// Whether a lease was ever written.
    package var hasLease = false
    /// Milliseconds for which its lease is valid still; 0 where it has run out.
    package var leaseLeft: UInt64 = 0
    /// Milliseconds since its lease ran out; 0 where it has not, or did before the host was booted.
    package var leaseOver: UInt64 = 0
    /// How many attempts run, supervised or not.
    package var running: UInt32 = 0
    /// How many records of ended attempts there are.
    package var ended: UInt32 = 0

    /// An empty entry.
    package init() {}

    package func encode(into writer: inout WireWriter) {
        writer.field(1, id)
        writer.field(2, isOwn)
        writer.field(3, hasLease)
        writer.field(4, leaseLeft)
        writer.field(5, leaseOver)
        writer.field(6, UInt64(running))
        writer.field(7, UInt64(ended))
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: id = field.text()
            case 2: isOwn = try field.flag()
            case 3: hasLease = try field.flag()
            case 4: leaseLeft = try field.number()
            case 5: leaseOver = try field.number()
            case 6: running = try field.number32()
            case 7: ended = try field.number32()
            default: break
            }
        }
    }
}

/// The workspaces of the account on this host; at most 1,000.
package struct Workspaces: WireMessage {
    /// The workspaces, by id.
    package var entries: [WorkspaceEntry] = []

    /// Of these.
    package init(_ entries: [WorkspaceEntry]) { self.entries = entries }

    package func encode(into writer: inout WireWriter) {
        for entry in entries { writer.field(1, entry) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init([])
        while let field = try reader.next() {
            if field.tag == 1 { entries.append(try field.message()) }
        }
    }
}
