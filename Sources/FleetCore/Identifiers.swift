/// What ids of runs, tasks and workers have in common.
public protocol Identifier: RawRepresentable<String>, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Takes over a text that was checked before, such as one of the ledger.
    init(unchecked text: String)
}

extension Identifier {
    /// An id, or nil where the text has not the form `[A-Za-z0-9._-]{1,128}` without a leading `.` or `-`.
    public init?(_ text: String) {
        guard IdentifierForm.isValid(text) else { return nil }
        self.init(unchecked: text)
    }

    /// An id, or nil where the text has not the form of one.
    public init?(rawValue: String) { self.init(rawValue) }

    /// The id as it is written.
    public var description: String { rawValue }

    /// Orders ids by their bytes.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The form of an id: it becomes part of file names and of argument lists.
package enum IdentifierForm {
    /// How many bytes an id may have.
    package static let maximumLength = 128
    /// The form in words, for messages.
    package static let description =
        "1 to 128 letters, digits, '.', '_' or '-', beginning with a letter, a digit or '_'"

    /// Whether a text has the form of an id.
    package static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...maximumLength).contains(bytes.count), let first = bytes.first else { return false }
        guard first != UInt8(ascii: "."), first != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// Names a run, in the workspace.
public struct RunID: Identifier {
    /// The id as it is written.
    public let rawValue: String
    /// Takes over a text that was checked before.
    public init(unchecked text: String) { rawValue = text }
}

/// Names a task, in its run.
public struct TaskID: Identifier {
    /// The id as it is written.
    public let rawValue: String
    /// Takes over a text that was checked before.
    public init(unchecked text: String) { rawValue = text }
}

/// Names a worker, in the workspace.
public struct WorkerID: Identifier {
    /// The id as it is written.
    public let rawValue: String
    /// Takes over a text that was checked before.
    public init(unchecked text: String) { rawValue = text }
}
