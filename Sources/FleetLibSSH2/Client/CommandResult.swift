public import FleetTransport

/// What came of a command that has ended.
public struct CommandResult: Sendable, Equatable {
    /// Its exit code, or the signal that ended it; never a guess.
    public var status: ChannelEnd.Status
    /// The first of what it wrote to standard output, up to the bound that was given.
    public var output: [UInt8]
    /// How many bytes of output came after those.
    public var droppedBytes: Int
    /// The last of what it wrote to standard error, at most 64 KiB, not trusted.
    public var diagnostics: String

    /// The output as text; what is no UTF-8 is replaced.
    public var text: String { String(decoding: output, as: UTF8.self) }
    /// Whether it exited with 0.
    public var isSuccess: Bool { status == .code(0) }

    /// A result of its parts.
    public init(status: ChannelEnd.Status, output: [UInt8], droppedBytes: Int = 0, diagnostics: String = "") {
        self.status = status
        self.output = output
        self.droppedBytes = droppedBytes
        self.diagnostics = diagnostics
    }
}
