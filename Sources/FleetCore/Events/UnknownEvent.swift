/// A record of a type that this version does not know.
public struct UnknownEvent: Sendable, Equatable {
    /// The name of its type.
    public var type: String
    /// The run it names, if it names one.
    public var run: RunID?
    /// Whether a version that does not know it must not drive runs.
    public var isCritical: Bool
    /// The record as it stands in the ledger, without the newline.
    public var line: [UInt8]

    /// An event of these fields.
    public init(
        type: String,
        run: RunID? = nil,
        isCritical: Bool = false,
        line: [UInt8]
    ) {
        self.type = type
        self.run = run
        self.isCritical = isCritical
        self.line = line
    }
}
