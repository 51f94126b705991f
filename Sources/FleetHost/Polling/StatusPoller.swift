import FleetWire
import NIOCore

/// Polls the attempts of one channel: when, what is asked, and what of the answer is news.
///
/// Pure: it is given the time. One request answers for all attempts. A poll that finds nothing new costs a write of bytes that are kept, and a
/// comparison of the answer's with the last one's: nothing is encoded, decoded, or told to anyone.
struct StatusPoller {
    /// The id of every poll, which no other request has: a poll that is like the last has the same bytes, and so has its
    /// answer.
    static let requestID = UInt32.max
    /// So many attempts, whose keys fit into a frame, are asked about at once; where there are more, in turn.
    static let partLength = 1_000
    /// A deadline that is further away is none, in milliseconds.
    private static let horizon: UInt64 = 366 * 86_400_000

    private let onAnswer: (@Sendable (TimeAmount) -> Void)?
    private var schedule: PollSchedule
    private var watched = WatchedAttempts()
    private var version = -1
    private var request: ByteBuffer?
    private var asked: [AttemptKey] = []
    private var place = 0
    /// The last answer, where the next one need not be read if it is the same.
    private var lastAnswer: ByteBuffer?

    /// A poller of a channel that has just been opened.
    init(_ settings: PollSettings, at now: NIODeadline, phase: Double) {
        onAnswer = settings.onAnswer
        schedule = PollSchedule(settings, at: now, phase: phase)
    }

    /// What is to be done now.
    mutating func step(at now: NIODeadline) -> PollSchedule.Step {
        let hadDeadline = schedule.hasDeadline
        let step = schedule.step(at: now)
        if hadDeadline, !schedule.hasDeadline, let next = watched.nextDeadline(after: now) {
            schedule.expect(next, at: now)
        }
        return step
    }

    /// The request that asks, as a frame.
    mutating func takeRequest() -> ByteBuffer {
        if let request, version == watched.version { return request }
        let keys = watched.keys
        if version != watched.version || place >= keys.count { place = 0 }
        version = watched.version
        lastAnswer = nil
        asked = Array(keys[place..<min(place + Self.partLength, keys.count)])
        place += asked.count
        let message = asked.isEmpty ? Request.ping : .status(StatusRequest(keys: asked))
        let bytes = ByteBuffer(bytes: message.frame(id: Self.requestID).bytes)
        request = asked.count == keys.count ? bytes : nil
        return bytes
    }

    /// Whether a poll is not answered yet.
    var isWaiting: Bool { schedule.sentAt != nil }

    /// Whether the last poll asked about attempts, and not only for a sign of life.
    var asksForAttempts: Bool { !asked.isEmpty }

    // MARK: - What passes the channel

    /// The host has said something.
    mutating func noteWord(at now: NIODeadline) { schedule.noteWord(at: now) }

    /// Whether bytes are the answer to the poll, and the same as the last one; then that is done with.
    mutating func takeOldAnswer(_ bytes: ByteBuffer, at now: NIODeadline) -> Bool {
        guard let lastAnswer, isWaiting, version == watched.version, bytes == lastAnswer else { return false }
        noteAnswer(at: now)
        return true
    }

    /// A request was sent.
    mutating func noteRequest(_ request: Request, at now: NIODeadline) {
        switch request {
        case .start(let start):
            watched.watch(start.key)
            schedule.want(true, at: now)
            schedule.hurry(at: now)
            // From when it begins to be ended on, there is something to see.
            if start.timeout > 0 { expect([start.timeout], of: start.key, at: now) }
        case .end(let end):
            schedule.hurry(at: now)
            // With every signal it may end.
            expect(end.mode == .interrupt ? [end.grace, end.grace &* 2] : [end.grace], of: end.key, at: now)
        case .cleanup(let cleanup):
            for key in cleanup.keys { watched.forget(key) }
            schedule.want(!watched.isEmpty, at: now)
        default: break
        }
    }

    /// A start was refused.
    mutating func noteRefusal(of key: AttemptKey, at now: NIODeadline) {
        watched.forget(key)
        schedule.want(!watched.isEmpty, at: now)
    }

    /// Reports were told, by an answer to somebody or by a push.
    mutating func noteTold(_ reports: [AttemptReport], isAnswer: Bool, at now: NIODeadline) {
        for report in reports { watched.note(report, isAnswer: isAnswer) }
        schedule.want(!watched.isEmpty, at: now)
    }

    /// The poll was answered.
    ///
    /// - Parameters:
    ///   - reports: what the host says; nothing where it was not asked about attempts, or refused to say.
    ///   - frame: the answer, where it is a single frame.
    ///   - now: the time.
    /// - Returns: what of it was not told yet.
    mutating func take(_ reports: [AttemptReport]?, frame: Frame?, at now: NIODeadline) -> [AttemptReport] {
        noteAnswer(at: now)
        let isWhole = request != nil && version == watched.version
        lastAnswer = isWhole ? frame.map { ByteBuffer(bytes: $0.bytes) } : nil
        guard let reports else { return [] }
        let changes = watched.changes(in: reports, asked: asked)
        guard !changes.isEmpty else { return [] }
        schedule.want(!watched.isEmpty, at: now)
        // No push has told it: whatever keeps them away may do so again.
        schedule.hurry(at: now)
        return changes
    }

    private mutating func noteAnswer(at now: NIODeadline) {
        if let onAnswer, let sentAt = schedule.sentAt { onAnswer(now - sentAt) }
        schedule.noteAnswer(at: now)
    }

    private mutating func expect(_ waits: [UInt64], of key: AttemptKey, at now: NIODeadline) {
        let times = waits.filter { $0 < Self.horizon }.map { now + .milliseconds(Int64($0)) }
        watched.expect(times, of: key)
        for time in times { schedule.expect(time, at: now) }
    }
}
