/// What a host is like: its clock, logind, sessions, and how fast it answers.
enum HostCheck {
    /// A clock that is off by more than this is worth a warning, in seconds.
    static let skewLimit = 2.0

    /// How far the host's clock is ahead of ours.
    ///
    /// - Parameters:
    ///   - skew: in seconds; negative where it is behind.
    ///   - doubt: by how much that may be wrong, in seconds.
    /// - Returns: the finding.
    static func clock(skew: Double, doubt: Double) -> Finding {
        let off = "\(Wording.fixed(skew.magnitude, digits: 2)) s \(skew < 0 ? "behind" : "ahead of") ours"
        guard skew.magnitude - doubt > skewLimit else { return .ok(.clock, off) }
        return .warning(.clock, off, remedy: "let the host keep time (NTP); times of attempts would be off by as much")
    }

    /// Whether logind ends what is left of an account that has logged out (`logind.conf(5)`).
    static func logind(_ facts: HostFacts) -> Finding? {
        guard let hasLogind = facts.hasLogind else { return nil }
        guard hasLogind else { return .ok(.logind, "there is none: attempts outlive the connection") }
        // KillExcludeUsers is root where nothing else is said.
        if facts.userID == 0 { return .ok(.logind, "it leaves root's processes alone") }
        guard facts.killsSurvivors else { return .ok(.logind, "it leaves processes alone (KillUserProcesses=no)") }
        guard !facts.isLingering else { return .ok(.logind, "KillUserProcesses=yes, but the account lingers") }
        return .error(
            .logind,
            "it kills attempts when the connection ends (KillUserProcesses=yes)",
            remedy: "on the host: loginctl enable-linger \(facts.user ?? "USER"), or KillUserProcesses=no"
        )
    }

    /// How many sessions a connection takes.
    ///
    /// - Parameters:
    ///   - limit: what a refusal told; nil for none.
    ///   - opened: how many were open at once.
    /// - Returns: the finding.
    static func sessions(limit: Int?, opened: Int) -> Finding {
        guard let limit else { return .ok(.sessions, "\(opened) or more at once on a connection") }
        guard limit < 2 else { return .ok(.sessions, "\(limit) at once on a connection; for more, others are opened") }
        return .warning(
            .sessions,
            "1 at once on a connection, so that each channel takes a connection of its own",
            remedy: "raise MaxSessions in the host's sshd_config"
        )
    }

    /// How long a poll of an attempt takes, in seconds.
    static func roundTrip(_ seconds: Double) -> Finding {
        let time = "a status poll takes \(Wording.fixed(seconds * 1_000, digits: seconds < 0.01 ? 2 : 0)) ms"
        guard seconds > 1 else { return .ok(.roundTrip, time) }
        return .warning(.roundTrip, time, remedy: "the host or the network is slow; see to its load")
    }
}
