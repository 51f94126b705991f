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
    /// Whether it is refused where the lease of the workspace is valid, or there never was one: then somebody may drive it.
    package var onlyUnowned: Bool

    /// A request of its parts.
    package init(key: AttemptKey, mode: EndMode, grace: UInt64 = 5_000, onlyUnowned: Bool = false) {
        self.key = key
        self.mode = mode
        self.grace = grace
        self.onlyUnowned = onlyUnowned
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        writer.field(2, UInt64(mode.rawValue))
        writer.field(3, grace)
        writer.field(4, onlyUnowned)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""), mode: .stop)
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: mode = try field.known(EndMode.self)
            case 3: grace = try field.number()
            case 4: onlyUnowned = try field.flag()
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
