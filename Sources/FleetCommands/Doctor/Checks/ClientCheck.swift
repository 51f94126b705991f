/// The ssh client of this machine, and the agent that holds its keys.
enum ClientCheck {
    /// The finding of `ssh -V`: what it said, or nil where there is no client.
    static func client(said: String?) -> Finding {
        guard let said, let line = said.split(separator: "\n").first else {
            return .error(
                .client,
                "there is no ssh in PATH",
                remedy: "install an OpenSSH client (Debian: openssh-client)"
            )
        }
        guard line.hasPrefix("OpenSSH_") else {
            return .warning(
                .client,
                "ssh says that it is \(line.prefix(80))",
                remedy: "the transport system is made for OpenSSH's client; install that"
            )
        }
        let digits = line.dropFirst(8).prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap { Int($0) }
        let version = (digits.first ?? 0, digits.dropFirst().first ?? 0)
        guard version >= (8, 7) else {
            return .error(
                .client,
                "\(line.prefix(80)): too old, as it lacks SessionType and StdinNull",
                remedy: "install an OpenSSH client of 8.7 or newer, or use the transport libssh2"
            )
        }
        return .ok(.client, String(line.prefix { $0 != "," }.prefix(80)))
    }

    /// The finding of `ssh-add -l`: its exit code (0: keys, 1: none, 2: no agent) and how many keys it listed.
    static func agent(hasSocket: Bool, code: Int32?, keys: Int) -> Finding {
        guard hasSocket else { return .ok(.agent, "none (SSH_AUTH_SOCK is not set): keys come from files") }
        switch code {
        case 0: return .ok(.agent, "it holds \(Wording.count(keys, "key"))")
        case 1: return .ok(.agent, "it holds no keys")
        default:
            return .warning(
                .agent,
                "SSH_AUTH_SOCK is set, but no agent answers there",
                remedy: "start an agent (eval $(ssh-agent)), or unset SSH_AUTH_SOCK"
            )
        }
    }
}
