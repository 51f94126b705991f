/// Asks for the artifacts of an attempt that ended: matches are copied into its artifacts directory and digested.
package struct CollectRequest: WireMessage {
    /// Which attempt.
    package var key: AttemptKey
    /// Globs, relative to the working directory.
    package var patterns: [String]

    /// A request of its parts.
    package init(key: AttemptKey, patterns: [String]) {
        self.key = key
        self.patterns = patterns
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        for pattern in patterns { writer.field(2, pattern) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""), patterns: [])
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: patterns.append(field.text())
            default: break
            }
        }
    }
}

/// One artifact of an attempt.
package struct ArtifactEntry: WireMessage {
    /// Relative to the attempt's artifacts directory.
    package var path = ""
    /// Its length in bytes.
    package var bytes: UInt64 = 0
    /// Its SHA-256 in hex.
    package var digest = ""
    /// The index in ``CollectRequest/patterns`` that it matched, plus one; 0 for what the program put there itself.
    package var pattern: UInt32 = 0

    /// An empty entry.
    package init() {}

    package func encode(into writer: inout WireWriter) {
        writer.field(1, path)
        writer.field(2, bytes)
        writer.field(3, digest)
        writer.field(4, UInt64(pattern))
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: path = field.text()
            case 2: bytes = try field.number()
            case 3: digest = field.text()
            case 4: pattern = try field.number32()
            default: break
            }
        }
    }
}

/// The answer to a ``CollectRequest``.
package struct CollectReply: WireMessage {
    /// The artifacts, by path; at most 1,000.
    package var entries: [ArtifactEntry] = []
    /// What could not be taken, and why, one sentence each; at most 20.
    package var problems: [String] = []

    /// An empty answer.
    package init() {}

    package func encode(into writer: inout WireWriter) {
        for entry in entries { writer.field(1, entry) }
        for problem in problems { writer.field(2, problem) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: entries.append(try field.message())
            case 2: problems.append(field.text())
            default: break
            }
        }
    }
}
