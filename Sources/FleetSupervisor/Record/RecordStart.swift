import FleetWire

/// What the record says of the start: enough to answer for the attempt later, and no variable's value.
struct RecordStart: WireMessage {
    /// Which attempt.
    var key: AttemptKey
    /// When it was asked for, in milliseconds since 1970.
    var requestedAt: UInt64 = 0
    /// Where the program runs, absolute.
    var workingDirectory = ""
    /// The log's first file, absolute.
    var logPath = ""
    /// Bytes of log that are kept.
    var logLimit: UInt64 = 0
    /// Bytes of the log's head.
    var logHead: UInt64 = 0
    /// The artifacts directory, absolute.
    var artifactsDirectory = ""
    /// Whether log and artifacts lie beside the record, and go with it.
    var ownsFiles = false
    /// The record's own number in its file system; 0 where that was not written down yet.
    var fileNumber: UInt64 = 0

    /// The start of `key`, without particulars.
    init(key: AttemptKey) { self.key = key }

    func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        writer.field(2, requestedAt)
        writer.field(3, workingDirectory)
        writer.field(4, logPath)
        writer.field(5, logLimit)
        writer.field(6, logHead)
        writer.field(7, artifactsDirectory)
        writer.field(8, ownsFiles)
        writer.field(9, fileNumber)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""))
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: requestedAt = try field.number()
            case 3: workingDirectory = field.text()
            case 4: logPath = field.text()
            case 5: logLimit = try field.number()
            case 6: logHead = try field.number()
            case 7: artifactsDirectory = field.text()
            case 8: ownsFiles = try field.flag()
            case 9: fileNumber = try field.number()
            default: break
            }
        }
    }
}
