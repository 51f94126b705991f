/// Names one attempt of one task for ever: a start with the same key is the same start.
package struct AttemptKey: WireMessage, Hashable, Comparable {
    /// The run's id.
    package var run: String
    /// The task's id.
    package var task: String
    /// The attempt's number, from 1.
    package var attempt: UInt32
    /// Drawn when the task was leased; tells two starts of one number apart.
    package var nonce: String

    /// A key of its parts.
    package init(run: String, task: String, attempt: UInt32, nonce: String) {
        self.run = run
        self.task = task
        self.attempt = attempt
        self.nonce = nonce
    }

    /// By run, task and number: sets and dictionaries have no order that is the same twice.
    package static func < (left: Self, right: Self) -> Bool {
        (left.run, left.task, left.attempt, left.nonce) < (right.run, right.task, right.attempt, right.nonce)
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, run)
        writer.field(2, task)
        writer.field(3, UInt64(attempt))
        writer.field(4, nonce)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(run: "", task: "", attempt: 0, nonce: "")
        while let field = try reader.next() {
            switch field.tag {
            case 1: run = field.text()
            case 2: task = field.text()
            case 3: attempt = try field.number32()
            case 4: nonce = field.text()
            default: break
            }
        }
    }
}

/// Where an attempt stands on its host.
package enum AttemptState: UInt8, Sendable, Equatable {
    /// The host knows nothing of the key.
    case unknown = 0
    /// The shim holds its lock; the program runs or is about to.
    case running = 1
    /// The shim died; what is left of the program is being ended.
    case unsupervised = 2
    /// The program ended, and its exit record is there.
    case exited = 3
    /// No exit record and no process: the shim died, or the host was rebooted.
    case lost = 4
}

/// How the program ended: exact, or not known.
package enum AttemptExit: Sendable, Equatable {
    /// It called exit with this code.
    case code(UInt8)
    /// This signal ended it.
    case signal(UInt8)
}

/// Why the program ended.
package enum EndCause: UInt8, Sendable, Equatable {
    /// By itself.
    case itself = 0
    /// Its deadline passed.
    case timeout = 1
    /// An interrupt was asked for.
    case interrupt = 2
    /// A stop was asked for.
    case stop = 3
    /// Its host had heard of no manager for longer than it was to.
    case managerLoss = 4
}

/// What a host says of an attempt.
package struct AttemptReport: WireMessage {
    /// Which attempt.
    package var key: AttemptKey
    /// Where it stands.
    package var state: AttemptState
    /// The program's pid; 0 before it has one.
    package var pid: UInt32 = 0
    /// When the program was started, in milliseconds since 1970 by the host's clock.
    package var startedAt: UInt64 = 0
    /// When the program ended, likewise; 0 while it runs.
    package var finishedAt: UInt64 = 0
    /// How it ended; nothing while it runs or where it is not known.
    package var exit: AttemptExit?
    /// Why it ended.
    package var cause: EndCause = .itself
    /// User time of the whole tree, in microseconds.
    package var userMicroseconds: UInt64 = 0
    /// System time of the whole tree, in microseconds.
    package var systemMicroseconds: UInt64 = 0
    /// Peak resident memory, in bytes.
    package var peakMemoryBytes: UInt64 = 0
    /// Bytes that were written to the log, kept or not.
    package var logBytes: UInt64 = 0
    /// Bytes of these that are no longer kept.
    package var logDropped: UInt64 = 0
    /// SHA-256 of the kept log in hex, where the start asked for it.
    package var logDigest: String?
    /// Processes that the program left behind and that were ended.
    package var leftBehind: UInt32 = 0
    /// Processes that could not be ended.
    package var survivors: [UInt32] = []
    /// Whether the attempt's artifacts directory holds anything.
    package var hasArtifacts = false
    /// Changes with each change of the report, upwards.
    package var revision: UInt64 = 0

    /// How many bytes a digest may have: one of 256 bits in hex has 64.
    private static let digestLimit = 128

    /// A report with nothing known yet.
    package init(key: AttemptKey, state: AttemptState) {
        self.key = key
        self.state = state
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, key)
        writer.field(2, UInt64(state.rawValue))
        writer.field(3, UInt64(pid))
        writer.field(4, startedAt)
        writer.field(5, finishedAt)
        switch exit {
        case .code(let code): writer.field(6, UInt64(code))
        case .signal(let signal): writer.field(7, UInt64(signal))
        case nil: break
        }
        writer.field(8, UInt64(cause.rawValue))
        writer.field(9, userMicroseconds)
        writer.field(10, systemMicroseconds)
        writer.field(11, peakMemoryBytes)
        writer.field(12, logBytes)
        writer.field(13, logDropped)
        writer.field(14, logDigest)
        writer.field(15, UInt64(leftBehind))
        for pid in survivors { writer.field(16, UInt64(pid)) }
        writer.field(17, revision)
        writer.field(18, hasArtifacts)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(key: AttemptKey(run: "", task: "", attempt: 0, nonce: ""), state: .unknown)
        while let field = try reader.next() {
            switch field.tag {
            case 1: key = try field.message()
            case 2: state = try field.known(AttemptState.self)
            case 3: pid = try field.number32()
            case 4: startedAt = try field.number()
            case 5: finishedAt = try field.number()
            case 6: exit = .code(try field.number8())
            case 7: exit = .signal(try field.number8())
            case 8: cause = try field.known(EndCause.self)
            case 9: userMicroseconds = try field.number()
            case 10: systemMicroseconds = try field.number()
            case 11: peakMemoryBytes = try field.number()
            case 12: logBytes = try field.number()
            case 13: logDropped = try field.number()
            case 14: logDigest = field.content.count <= AttemptReport.digestLimit ? field.text() : nil
            case 15: leftBehind = try field.number32()
            case 16: survivors.append(try field.number32())
            case 17: revision = try field.number()
            case 18: hasArtifacts = try field.flag()
            default: break
            }
        }
    }
}

extension WireReader.Field {
    /// The content as a value of a closed set.
    ///
    /// - Throws: ``WireError/malformed(_:)`` where this version does not know the value.
    package func known<T: RawRepresentable>(_ type: T.Type = T.self) throws(WireError) -> T where T.RawValue == UInt8 {
        let number = try number()
        guard let raw = UInt8(exactly: number), let value = T(rawValue: raw) else {
            throw .malformed("\(T.self) \(number)")
        }
        return value
    }
}
