/// Asks what became of attempts.
package struct StatusRequest: WireMessage {
    /// Which; none for all that the state directory holds.
    package var keys: [AttemptKey] = []
    /// Where `keys` is empty: only this run's.
    package var run: String?
    /// Another workspace of the account, all of whose attempts are looked at, and nothing else; `keys` count for nothing.
    package var workspace: String?

    /// Asks for all.
    package init(keys: [AttemptKey] = [], run: String? = nil, workspace: String? = nil) {
        self.keys = keys
        self.run = run
        self.workspace = workspace
    }

    package func encode(into writer: inout WireWriter) {
        for key in keys { writer.field(1, key) }
        writer.field(2, run)
        writer.field(3, workspace)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: keys.append(try field.message())
            case 2: run = field.text()
            case 3: workspace = field.text()
            default: break
            }
        }
    }
}

/// Reports, as an answer or a push.
///
/// A long answer comes as several frames of one request id, the last of them marked.
package struct Reports: WireMessage {
    /// The reports.
    package var reports: [AttemptReport]
    /// Whether this is the answer's last frame.
    package var isLast: Bool

    /// Reports of one frame.
    package init(_ reports: [AttemptReport], isLast: Bool = true) {
        self.reports = reports
        self.isLast = isLast
    }

    package func encode(into writer: inout WireWriter) {
        for report in reports { writer.field(1, report) }
        writer.field(2, isLast)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init([], isLast: false)
        while let field = try reader.next() {
            switch field.tag {
            case 1: reports.append(try field.message())
            case 2: isLast = try field.flag()
            default: break
            }
        }
    }
}
