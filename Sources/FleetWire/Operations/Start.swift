/// A name and a value of an environment that is not secret, or travels in a frame because the host asked for it so.
package struct WireVariable: WireMessage {
    /// The name.
    package var name: String
    /// The value.
    package var value: String

    /// A variable of its parts.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, name)
        writer.field(2, value)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(name: "", value: "")
        while let field = try reader.next() {
            switch field.tag {
            case 1: name = field.text()
            case 2: value = field.text()
            default: break
            }
        }
    }
}

/// Asks for a program to be run as an attempt; repeated with the same key it is the same start.
package struct StartRequest: WireMessage {
    /// Which attempt.
    package var key: AttemptKey
    /// The program and its arguments; a program without a slash is looked for on the attempt's `PATH`.
    package var arguments: [String]
    /// Where it runs; a leading `~/` is the account's home.
    package var workingDirectory: String
    /// Variables beyond the base, kept in no record.
    package var environment: [WireVariable] = []
    /// Names whose values are taken from the supervisor's own environment.
    package var forwardedNames: [String] = []
    /// Directories put before `PATH`, joined with `:`.
    package var pathPrefix: String?
    /// After how many milliseconds it is ended; 0 for never.
    package var timeout: UInt64 = 0
    /// Milliseconds between INT and TERM, and between TERM and KILL.
    package var grace: UInt64 = 5_000
    /// Milliseconds for which children that outlive the program may go on.
    package var drain: UInt64 = 2_000
    /// Bytes of log that are kept, the head among them.
    package var logLimit: UInt64 = 8 << 20
    /// Bytes of the log's head that are kept.
    package var logHead: UInt64 = 1 << 20
    /// The log's first file, absolute; nothing for a place beside the record.
    package var logPath: String?
    /// The attempt's artifacts directory, absolute; nothing for a place beside the record.
    package var artifactsDirectory: String?
    /// Whether the exit record shall hold the log's digest.
    package var wantsLogDigest = false
    /// Milliseconds for which the start renews the workspace's lease; 0 where it does not.
    package var leaseValidity: UInt64 = 0
    /// After how many milliseconds without a renewal of the lease it is ended; 0 for never.
    package var lossLimit: UInt64 = 0

    /// A start with the defaults.
    package init(key: AttemptKey, arguments: [String], workingDirectory: String) {
        self.key = key
        self.arguments = arguments
        self.workingDirectory = workingDirectory
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        for argument in arguments { writer.field(2, argument) }
        writer.field(3, workingDirectory)
        for variable in environment { writer.field(4, variable) }
        for name in forwardedNames { writer.field(5, name) }
        writer.field(6, pathPrefix)
        writer.field(7, timeout)
        writer.field(8, grace)
        writer.field(9, drain)
        writer.field(10, logLimit)
        writer.field(11, logHead)
        writer.field(12, logPath)
        writer.field(13, artifactsDirectory)
        writer.field(14, wantsLogDigest)
        if leaseValidity > 0 { writer.field(15, leaseValidity) }
        if lossLimit > 0 { writer.field(16, lossLimit) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""), arguments: [], workingDirectory: "")
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: arguments.append(field.text())
            case 3: workingDirectory = field.text()
            case 4: environment.append(try field.message())
            case 5: forwardedNames.append(field.text())
            case 6: pathPrefix = field.text()
            case 7: timeout = try field.number()
            case 8: grace = try field.number()
            case 9: drain = try field.number()
            case 10: logLimit = try field.number()
            case 11: logHead = try field.number()
            case 12: logPath = field.text()
            case 13: artifactsDirectory = field.text()
            case 14: wantsLogDigest = try field.flag()
            case 15: leaseValidity = try field.number()
            case 16: lossLimit = try field.number()
            default: break
            }
        }
    }
}
