/// Whether the names of an allowlist arrive on a host.
enum VariableCheck {
    /// A finding for each name.
    ///
    /// - Parameters:
    ///   - names: the allowlist.
    ///   - present: those that are set here.
    ///   - missing: those whose values did not arrive.
    ///   - isChannel: whether they go with the channel, which sshd has to accept.
    /// - Returns: the findings, in the order of the names.
    static func findings(
        _ names: [String],
        present: Set<String>,
        missing: Set<String>,
        isChannel: Bool
    ) -> [Finding] {
        names.map { name in
            guard present.contains(name) else {
                return .warning(
                    .variable,
                    of: name,
                    "it is not set here, so tasks do not get it",
                    remedy: "set it where codewhale is started, or take it out of env_allowlist"
                )
            }
            guard missing.contains(name) else { return .ok(.variable, of: name, "arrives") }
            let remedy =
                "add \"AcceptEnv \(name)\" to the host's sshd_config, or set \"env_via\": \"request\" for the host"
            return .error(
                .variable,
                of: name,
                isChannel ? "the host's sshd does not accept it" : "it does not arrive",
                remedy: isChannel ? remedy : "use the codewhale-supervisor that came with this codewhale"
            )
        }
    }
}
