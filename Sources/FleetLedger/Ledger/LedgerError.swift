/// Why the ledger, or the workspace, could not be read or written.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of it; there may be more in a later version.
    package struct Code: RawRepresentable, Sendable, Hashable {
        /// The name of the kind.
        package let rawValue: String

        /// A kind by its name.
        package init(rawValue: String) { self.rawValue = rawValue }

        /// There is no workspace, or no ledger in it.
        package static let missing = Self(rawValue: "missing")
        /// Another file stands where the ledger should be.
        package static let foreign = Self(rawValue: "foreign")
        /// The workspace cannot be written: read-only, or not ours.
        package static let unwritable = Self(rawValue: "unwritable")
        /// The file system, or the quota, is full; nothing was written.
        package static let full = Self(rawValue: "full")
        /// What was written may not be on the disk; this process appends no more.
        package static let syncFailed = Self(rawValue: "sync_failed")
        /// An event is too large for a record.
        package static let tooLarge = Self(rawValue: "too_large")
        /// A version that is newer than this one says that only it may drive.
        package static let newer = Self(rawValue: "newer")
        /// The archive of a run is not there, or cannot be read; nothing else is the worse for it.
        package static let archive = Self(rawValue: "archive")
        /// Anything else that the system refused.
        package static let system = Self(rawValue: "system")
    }

    /// The kind.
    package var code: Code
    /// What happened to which file.
    package var message: String
    /// What to do about it.
    package var hint: String?
    /// The system's error number, where there is one.
    package var errno: Int32?

    /// An error of a kind.
    package init(_ code: Code, _ message: String, hint: String? = nil, errno: Int32? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.errno = errno
    }

    /// The message, and the hint after it.
    package var description: String { hint.map { "\(message); \($0)" } ?? message }
}
