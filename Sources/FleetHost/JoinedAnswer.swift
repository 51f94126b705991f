import FleetWire

/// Reports that come in several frames of one answer.
struct JoinedAnswer {
    /// The most frames of one answer, and the most bytes of their payloads, so that an endless answer is bounded.
    static let maximumFrames = 4_096
    static let maximumBytes = 64 << 20

    private(set) var reports: [AttemptReport] = []
    private var frames = 0
    private var bytes = 0

    /// Whether nothing has come yet.
    var isEmpty: Bool { frames == 0 }

    /// Adds a frame; false where there are too many.
    mutating func add(_ part: Reports, of frame: Frame) -> Bool {
        reports += part.reports
        frames += 1
        bytes += frame.payload.count
        return part.isLast || (frames < Self.maximumFrames && bytes <= Self.maximumBytes)
    }
}
