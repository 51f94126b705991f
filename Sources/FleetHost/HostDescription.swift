package import FleetCore

/// A host as a manager means it: how it is reached, and which variables its control channel carries.
package struct HostDescription: Sendable {
    /// How a host is reached.
    package enum Reach: Sendable {
        /// This machine: the supervisor's path, and the directory in which it keeps what it knows.
        case local(supervisor: String, state: String)
        /// Another machine; the supervisor is put there where it is missing.
        case ssh(SSHHostSpec)
    }

    /// The host's name in messages: `local`, or `user@host:port`.
    package var name: String
    /// How it is reached.
    package var reach: Reach
    /// The variables that its attempts may be given, with their values; they stand in no argument, file or message.
    package var environment: [String: String]
    /// Those of them whose arrival is verified.
    package var verifiedNames: [String]
    /// How its control channel is polled.
    package var polling: PollSettings

    /// A description of its parts.
    package init(
        name: String,
        reach: Reach,
        environment: [String: String],
        verifiedNames: [String] = [],
        polling: PollSettings = PollSettings()
    ) {
        self.name = name
        self.reach = reach
        self.environment = environment
        self.verifiedNames = verifiedNames
        self.polling = polling
    }
}
