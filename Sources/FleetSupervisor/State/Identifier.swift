import FleetWire

/// Checks what the near end names before it becomes a part of a path.
enum Identifier {
    /// Whether `text` is `[A-Za-z0-9._-]{1,128}`, not beginning with `.` or `-`.
    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count), let first = bytes.first else { return false }
        guard first != UInt8(ascii: "."), first != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy(isAllowed)
    }

    /// - Throws: ``WireFailure`` where a part of the key has no valid form.
    static func check(_ key: AttemptKey) throws(WireFailure) {
        guard isValid(key.run) else { throw WireFailure(.badRequest, "The run's id has no valid form.") }
        guard isValid(key.task) else { throw WireFailure(.badRequest, "The task's id has no valid form.") }
        guard isValid(key.nonce) else { throw WireFailure(.badRequest, "The attempt's nonce has no valid form.") }
        guard key.attempt > 0 else { throw WireFailure(.badRequest, "Attempts count from 1.") }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension AttemptKey {
    /// The stem of the attempt's files within its run's directory.
    var stem: String { "\(task).\(attempt)" }

    /// How the names of records end.
    static let recordSuffix = ".rec"

    /// The record's name within its run's directory.
    var recordName: String { stem + AttemptKey.recordSuffix }

    /// The key as programs find it in their environment: an idempotency key.
    var environmentValue: String { "\(run)/\(task)/\(attempt)/\(nonce)" }

    /// Task and attempt out of a record's name, without a nonce; nothing for any other file.
    static func parse(recordName: String, run: String) -> AttemptKey? {
        guard recordName.hasSuffix(recordSuffix) else { return nil }
        let stem = recordName.utf8.dropLast(recordSuffix.utf8.count)
        guard let dot = stem.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let task = String(decoding: stem[..<dot], as: UTF8.self)
        guard Identifier.isValid(task), let attempt = UInt32(decimal: stem[stem.index(after: dot)...]), attempt > 0
        else { return nil }
        let key = AttemptKey(run: run, task: task, attempt: attempt, nonce: "")
        return key.recordName == recordName ? key : nil
    }
}
