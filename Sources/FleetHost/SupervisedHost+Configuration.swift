extension SupervisedHost {
    /// How to run the supervisor on the host.
    package struct Configuration: Sendable {
        /// The host's name in messages.
        package var name: String
        /// How `attach` is run.
        package var launch: SupervisorLaunch
        /// The variables of the channel.
        package var environment: [String: String]
        /// Names whose arrival is verified; a start that needs one that did not arrive fails, all else is served.
        package var verifiedNames: [String]
        /// Variables that travel in the greeting, for hosts whose channel carries none.
        package var greetedVariables: [String: String] = [:]
        /// What to do about a variable that did not arrive; `NAMES` stands for the names.
        package var environmentHint = "let the host accept it, or take it out of env_allowlist"
        /// How many seconds the supervisor may take to answer the greeting.
        package var patience: Double = 10
        /// How the open channel is polled.
        package var polling = PollSettings()
        /// The timers of polls, which hosts share.
        var clocks = PollClocks()
        /// For how long after an answer the channel counts as one that serves, without being asked.
        package var trust = Duration.seconds(1)
        /// Whether the supervisor is a program of this machine: where it never answers, the set-up is at fault, and not
        /// a connection that may come back.
        package var isHere = false

        /// A configuration of its parts.
        package init(
            name: String,
            launch: SupervisorLaunch,
            environment: [String: String],
            verifiedNames: [String] = []
        ) {
            self.name = name
            self.launch = launch
            self.environment = environment
            self.verifiedNames = verifiedNames
        }
    }
}
