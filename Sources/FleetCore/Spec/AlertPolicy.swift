/// Who is told of what.
public struct AlertPolicy: Sendable, Equatable {
    /// The events that are told; empty for all.
    public var events: [Event]
    /// Where to.
    public var channels: [Channel]
    /// After how many failed attempts.
    public var afterAttempts: Int?
    /// After how many minutes without news.
    public var afterMinutesStale: Double?

    /// A policy of its parts.
    public init(
        events: [Event] = [],
        channels: [Channel],
        afterAttempts: Int? = nil,
        afterMinutesStale: Double? = nil
    ) {
        self.events = events
        self.channels = channels
        self.afterAttempts = afterAttempts
        self.afterMinutesStale = afterMinutesStale
    }

    /// What can be told.
    public enum Event: String, Sendable, CaseIterable {
        /// Nothing was heard of an attempt for long.
        case stale
        /// The last attempt failed.
        case restartExhausted = "restart_exhausted"
        /// Somebody must act.
        case needsHuman = "needs_human"
        /// The budget is used up.
        case budgetExceeded = "budget_exceeded"
        /// The scorer did not accept the result.
        case verifierFailed = "verifier_failed"
        /// The run has ended.
        case runCompleted = "run_completed"
    }

    /// Where an alert goes; secrets stand here only by name.
    public struct Channel: Sendable, Equatable {
        /// What it is.
        public var kind: Kind
        /// Its address.
        public var url: String?
        /// The name of the secret that is its address.
        public var urlReference: String?
        /// The name of the secret that signs what is sent.
        public var secretReference: String?
        /// The name of the secret that is PagerDuty's routing key.
        public var routingKeyReference: String?
        /// PagerDuty's severity.
        public var severity: String?

        /// A channel of a kind, without an address yet.
        public init(kind: Kind) { self.kind = kind }
    }

    /// What an alert channel is.
    public enum Kind: String, Sendable, CaseIterable {
        /// An HTTP request.
        case webhook
        /// A Slack webhook.
        case slack
        /// PagerDuty.
        case pagerDuty = "pager_duty"
    }
}
