/// When a task that did not pass is tried again.
public struct RetryPolicy: Sendable, Equatable {
    /// How many attempts there are at most, the first among them.
    public var maxAttempts: Int
    /// Seconds before the second attempt.
    public var initialBackoff: Double
    /// Seconds between attempts at most.
    public var maxBackoff: Double
    /// What each wait is multiplied with to give the next.
    public var multiplier: Double
    /// The failures that are worth another attempt.
    public var on: Set<FailureClass>

    /// The failures that are worth another attempt where the spec does not say.
    public static let defaultClasses: Set<FailureClass> = [.transport, .lost]

    /// A policy with the defaults of the specification.
    public init(
        maxAttempts: Int = 3,
        initialBackoff: Double = 5,
        maxBackoff: Double = 300,
        multiplier: Double = 2,
        on classes: Set<FailureClass> = Self.defaultClasses
    ) {
        self.maxAttempts = maxAttempts
        self.initialBackoff = initialBackoff
        self.maxBackoff = maxBackoff
        self.multiplier = multiplier
        on = classes
    }

    /// Seconds to wait after a failed attempt, before jitter; attempts count from 1.
    public func backoff(afterAttempt attempt: Int) -> Double {
        var seconds = min(initialBackoff, maxBackoff)
        guard seconds > 0, multiplier > 1 else { return seconds }
        var number = 1
        while number < attempt, seconds < maxBackoff {
            seconds = min(seconds * multiplier, maxBackoff)
            number += 1
        }
        return seconds
    }
}
