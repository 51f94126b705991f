import NIOCore

/// When a channel is polled: pure, it is given the time.
///
/// The interval is short after something was asked for that changes an attempt, and after a deadline; it doubles to the
/// bound while nothing happens. There is never more than one poll without an answer.
struct PollSchedule {
    /// What is to be done now.
    enum Step: Equatable {
        /// Nothing before that time, but for a leeway; nil for nothing until something is noted.
        case rest(until: NIODeadline?)
        /// A poll is to be sent, and counts as sent.
        case poll
        /// The host has been silent for too long.
        case giveUp
    }

    private let settings: PollSettings
    /// What lies between the poll that is due and the one after it.
    private var interval: TimeAmount
    private var due: NIODeadline?
    private var deadline: NIODeadline?
    private var heardAt: NIODeadline
    /// When the poll was sent that is not answered.
    private(set) var sentAt: NIODeadline?

    /// A schedule that begins.
    ///
    /// - Parameters:
    ///   - settings: the intervals.
    ///   - now: the time.
    ///   - phase: from 0 to 1, drawn: channels that are opened together are not polled in the same moment for ever.
    init(_ settings: PollSettings, at now: NIODeadline, phase: Double) {
        self.settings = settings
        interval = settings.longest
        heardAt = now
        if settings.isForIdle {
            due = now + .nanoseconds(Int64(Double(settings.shortest.nanoseconds) * min(max(phase, 0), 1)))
        }
    }

    /// Whether polls are due at all.
    var isWanted: Bool { due != nil }

    /// Whether a deadline is known that has not passed.
    var hasDeadline: Bool { deadline != nil }

    /// There is something to ask about, or nothing.
    mutating func want(_ isWanted: Bool, at now: NIODeadline) {
        if isWanted {
            due = due ?? now + interval
        } else if !settings.isForIdle {
            due = nil
            deadline = nil
            interval = settings.longest
        }
    }

    /// Something was asked for that changes an attempt.
    mutating func hurry(at now: NIODeadline) {
        guard due != nil else { return }
        begin()
        bring(now + settings.shortest)
    }

    /// At this time something changes by itself.
    mutating func expect(_ time: NIODeadline, at now: NIODeadline) {
        guard due != nil, time > now else { return }
        deadline = deadline.map { min($0, time) } ?? time
        bring(time + settings.shortest)
    }

    /// The host has said something.
    mutating func noteWord(at now: NIODeadline) { heardAt = now }

    /// The poll is answered.
    mutating func noteAnswer(at now: NIODeadline) {
        sentAt = nil
        heardAt = now
    }

    /// What is to be done now.
    mutating func step(at now: NIODeadline) -> Step {
        if let sentAt {
            let end = settings.patience.map { max(sentAt, heardAt) + $0 }
            if let end, end <= now { return .giveUp }
            // Until the next poll is due the answer is there, as a rule: one timer serves for both.
            guard let due, due > now else { return .rest(until: end) }
            return .rest(until: end.map { min($0, due) } ?? due)
        }
        guard let due, due - settings.leeway <= now else { return .rest(until: due) }
        if let deadline, deadline <= now {
            self.deadline = nil
            begin()
        }
        sentAt = now
        // Counted from when it was due, so that lateness does not add up; what was missed is not made up for.
        var next = due + interval > now ? due + interval : now + interval
        if let deadline { next = min(next, deadline + settings.shortest) }
        self.due = next
        interval = min(interval + interval, settings.longest)
        return .poll
    }

    /// The shortest interval lies before the poll that is due; this is the one after it.
    private mutating func begin() { interval = min(settings.shortest + settings.shortest, settings.longest) }

    private mutating func bring(_ time: NIODeadline) { due = due.map { min($0, time) } }
}
