/// How an attempt ended.
public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// It did what it should.
    case passed
    /// It did not; the failure says why.
    case failed
    /// Somebody interrupted it.
    case interrupted
    /// Somebody stopped it.
    case cancelled
}

/// How a run ended.
public enum RunStatus: String, Sendable, Hashable, CaseIterable {
    /// Every task passed.
    case completed
    /// A task did not pass.
    case failed
    /// Somebody stopped it.
    case cancelled
    /// Tasks are left which could not be run.
    case incomplete
}

/// Why an attempt or a task did not pass, in a class to act on and a sentence to read.
public struct Failure: Sendable, Hashable {
    /// The class, by which retries are decided.
    public var `class`: FailureClass
    /// What happened, in a sentence.
    public var message: String

    /// A failure of a class, with its sentence.
    public init(class: FailureClass, message: String) {
        self.class = `class`
        self.message = message
    }
}

/// What an attempt used of the machine.
public struct Usage: Sendable, Hashable {
    /// CPU seconds in the program.
    public var userSeconds: Double
    /// CPU seconds in the kernel on its behalf.
    public var systemSeconds: Double
    /// The largest resident memory of one of its processes, in bytes.
    public var peakMemoryBytes: Int64

    /// What was used: seconds, seconds, bytes.
    public init(userSeconds: Double, systemSeconds: Double, peakMemoryBytes: Int64) {
        self.userSeconds = userSeconds
        self.systemSeconds = systemSeconds
        self.peakMemoryBytes = peakMemoryBytes
    }
}

/// How a program ended; an exit with 137 and a KILL are told apart.
public enum ExitStatus: Sendable, Hashable {
    /// It exited with a code.
    case code(Int)
    /// A signal ended it.
    case signal(Int)
}

/// What there is of an attempt's log.
public struct LogSummary: Sendable, Hashable {
    /// How many bytes the program wrote.
    public var bytes: Int64
    /// How many of them were not kept.
    public var dropped: Int64
    /// The SHA-256 of what was kept, in hex; nil where nothing was.
    public var sha256: String?

    /// A log of so many bytes, so many of them dropped.
    public init(bytes: Int64, dropped: Int64, sha256: String? = nil) {
        self.bytes = bytes
        self.dropped = dropped
        self.sha256 = sha256
    }
}

/// One file that an attempt left as its result.
public struct ArtifactRecord: Sendable, Hashable {
    /// What it is, as the spec names it.
    public var kind: String
    /// Where it is, relative to the workspace, of a log its first part; nil of an empty log, for which no file is made.
    public var path: String?
    /// Its size.
    public var bytes: Int64
    /// Its SHA-256 in hex.
    public var sha256: String

    /// A file of so many bytes at a path.
    public init(kind: String, path: String?, bytes: Int64, sha256: String) {
        self.kind = kind
        self.path = path
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// A worker as a run knows it.
public struct WorkerSummary: Sendable, Hashable {
    /// Its id.
    public var id: WorkerID
    /// Where it works: `local`, or the host.
    public var host: String
    /// How many attempts it carries at once.
    public var slots: Int
    /// The digest of its whole definition, by which two definitions are told apart.
    public var digest: String

    /// A worker of an id on a host.
    public init(id: WorkerID, host: String, slots: Int, digest: String) {
        self.id = id
        self.host = host
        self.slots = slots
        self.digest = digest
    }
}
