package import NIOCore

/// How often the attempts of a control channel are asked for, beside what the host pushes.
package struct PollSettings: Sendable {
    /// No interval is shorter than this, but for a leeway.
    package static let least = TimeAmount.microseconds(500)
    /// The first interval after something was asked for that changes an attempt.
    ///
    /// A push takes up to 50 ms (CONTRACT.md H4): a poll that comes before that learns nothing that is not on its way
    /// already, and this is twice that.
    package static let usualShortest = TimeAmount.milliseconds(100)

    /// The interval while something is about to change.
    package private(set) var shortest: TimeAmount
    /// The interval while nothing changes, which none exceeds by more than the leeway.
    package private(set) var longest: TimeAmount
    /// By how much a poll may come too early, so as to leave with others: a hundredth of the shortest interval, up to 1 ms.
    var leeway: TimeAmount { .nanoseconds(min(shortest.nanoseconds / 100, 1_000_000)) }
    /// Whether a channel is polled that carries no attempt: then only whether its host answers.
    package var isForIdle = false
    /// After how long without a word a poll's channel is given up; nil for never.
    package var patience: TimeAmount?
    /// Called with the round trip of every poll, on the channel's event loop; must not block.
    package var onAnswer: (@Sendable (TimeAmount) -> Void)?

    /// Intervals from ``usualShortest`` on, doubling to a bound while nothing changes.
    ///
    /// - Parameters:
    ///   - bound: the longest interval.
    ///   - patience: after how long without a word the channel is given up.
    package init(bound: TimeAmount = .seconds(5), patience: TimeAmount? = nil) {
        longest = max(bound, Self.least)
        shortest = min(Self.usualShortest, longest)
        self.patience = patience
    }

    /// One interval, whether or not something is about to change, on idle channels, too.
    package static func every(_ interval: TimeAmount, patience: TimeAmount? = nil) -> PollSettings {
        var settings = PollSettings(bound: interval, patience: patience)
        settings.shortest = settings.longest
        settings.isForIdle = true
        return settings
    }
}
