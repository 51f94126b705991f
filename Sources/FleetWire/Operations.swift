/// Asks what became of attempts.
package struct StatusRequest: WireMessage {
    /// Which; none for all that the state directory holds.
    package var keys: [AttemptKey] = []
    /// Where `keys` is empty: only this run's.
    package var run: String?

    /// Asks for all.
    package init(keys: [AttemptKey] = [], run: String? = nil) {
        self.keys = keys
        self.run = run
    }

    package func encode(into writer: inout WireWriter) {
        for key in keys { writer.field(1, key) }
        writer.field(2, run)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: keys.append(try field.message())
            case 2: run = field.text()
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

/// How gently an attempt is ended.
package enum EndMode: UInt8, Sendable, Equatable {
    /// INT, TERM, KILL, with a grace between.
    case interrupt = 1
    /// TERM, KILL.
    case stop = 2
}

/// Asks for an attempt's whole tree to be ended.
///
/// Answered when that is verified, or was found impossible.
package struct EndRequest: WireMessage {
    /// Which attempt.
    package var key: AttemptKey
    /// How.
    package var mode: EndMode
    /// Milliseconds between one signal and the next.
    package var grace: UInt64

    /// A request of its parts.
    package init(key: AttemptKey, mode: EndMode, grace: UInt64 = 5_000) {
        self.key = key
        self.mode = mode
        self.grace = grace
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        writer.field(2, UInt64(mode.rawValue))
        writer.field(3, grace)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""), mode: .stop)
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: mode = try field.known(EndMode.self)
            case 3: grace = try field.number()
            default: break
            }
        }
    }
}

/// What came of an ``EndRequest``.
package enum EndOutcome: UInt8, Sendable, Equatable {
    /// Its tree is empty, verified.
    case stopped = 1
    /// It had ended before.
    case alreadyExited = 2
    /// Processes remain that could not be ended.
    case survivors = 3
    /// The host knows nothing of the key.
    case unknown = 4
}

/// The answer to an ``EndRequest``.
package struct EndReply: WireMessage {
    /// What came of it.
    package var outcome: EndOutcome
    /// The attempt as it stands now.
    package var report: AttemptReport
    /// Why survivors survive, for a person to read.
    package var reason: String?

    /// An answer of its parts.
    package init(outcome: EndOutcome, report: AttemptReport, reason: String? = nil) {
        self.outcome = outcome
        self.report = report
        self.reason = reason
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, UInt64(outcome.rawValue))
        writer.field(2, report)
        writer.field(3, reason)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let empty = AttemptKey(run: "", task: "", attempt: 0, nonce: "")
        self.init(outcome: .unknown, report: AttemptReport(key: empty, state: .unknown))
        while let field = try reader.next() {
            switch field.tag {
            case 1: outcome = try field.known(EndOutcome.self)
            case 2: report = try field.message()
            case 3: reason = field.text()
            default: break
            }
        }
    }
}

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

/// What a request failed of.
package struct WireFailure: WireMessage, Error {
    /// The kinds of failure.
    package enum Code: UInt8, Sendable, Equatable {
        /// The request makes no sense to this supervisor.
        case badRequest = 1
        /// The host knows nothing of the attempt.
        case unknownAttempt = 2
        /// The attempt's number is at or below the task's high-water mark.
        case refused = 3
        /// The attempt's number is taken by another key.
        case conflict = 4
        /// The program, its directory or the host's set-up is at fault.
        case configuration = 5
        /// The attempt still runs.
        case running = 6
        /// The host could not read or write its own files.
        case inputOutput = 7
    }

    /// The kind.
    package var code: Code
    /// A sentence for a person, with what to do.
    package var message: String

    /// A failure of its parts.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, UInt64(code.rawValue))
        writer.field(2, message)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(.badRequest, "")
        while let field = try reader.next() {
            switch field.tag {
            case 1: code = try field.known(Code.self)
            case 2: message = field.text()
            default: break
            }
        }
    }
}
