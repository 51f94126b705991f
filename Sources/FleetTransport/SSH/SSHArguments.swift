/// Composes the command lines of `ssh`: what must hold stands on the command line, where it comes before every
/// configuration (`ssh_config(5)`: the first value counts).
struct SSHArguments: Sendable {
    /// The ssh client.
    var program = "ssh"
    /// The host.
    let endpoint: SSHEndpoint
    /// The jump hosts and the keys' files, resolved; see ``SSHResolver``.
    var route = SSHRoute()
    /// The file to which the client's own words go, apart from the host's standard error.
    var log: String

    /// A connection of its own, on which others may open sessions through `control`.
    func connection(control: String, nonce: String, environment: [String], command: String) -> [String] {
        [program] + common(endpoint.configFile)
            + options([
                "ControlMaster=yes", "ControlPersist=no", "ControlPath=\(Self.literal(control))",
                // Tells that authentication is over; the host has no part in it.
                "PermitLocalCommand=yes", "LocalCommand=echo \(Self.authenticatedMark(nonce)) >&2",
            ])
            + hostKeyOptions(nonce: nonce) + identityOptions + proxyOptions(nonce: nonce) + sessionOptions(environment)
            + destination + [command]
    }

    /// A session on a connection that is there; without it, the client ends instead of opening another.
    func session(control: String, environment: [String], command: String) -> [String] {
        [program] + common(endpoint.configFile)
            + options(
                [
                    "ControlMaster=no", "ControlPath=\(Self.literal(control))", "PermitLocalCommand=no",
                ] + Self.proxied(by: "false")
            )
            + sessionOptions(environment) + destination + [command]
    }

    /// What prints the configuration of a host, and connects to nobody.
    func query(_ host: JumpHost) -> [String] {
        [program, "-G"] + (endpoint.configFile.map { ["-F", $0] } ?? [])
            // Which the client refuses where no command follows.
            + options(["ForkAfterAuthentication=no"])
            + Self.account(user: host.user, port: host.port) + ["--", host.host]
    }

    /// What stands on standard error once the host has accepted us.
    static func authenticatedMark(_ nonce: String) -> String { "codewhale-authenticated:\(nonce)" }
    /// What begins the line that names a host's key.
    static func keyMark(_ nonce: String) -> String { "codewhale-key:\(nonce)" }

    // MARK: - Parts

    private func options(_ list: [String]) -> [String] { list.flatMap { ["-o", $0] } }

    private func common(_ configFile: String?) -> [String] {
        (configFile.map { ["-F", $0] } ?? [])
            + [
                "-T", "-E", log,
            ]
            + options([
                "BatchMode=yes", "LogLevel=INFO", "StrictHostKeyChecking=yes", "UpdateHostKeys=no",
                "NumberOfPasswordPrompts=0", "VisualHostKey=no", "AddKeysToAgent=no",
                "ConnectTimeout=\(max(1, Int(endpoint.connectTimeout.rounded(.up))))", "ConnectionAttempts=1",
                "ServerAliveInterval=\(endpoint.keepaliveInterval)", "ServerAliveCountMax=\(endpoint.keepaliveCount)",
                "TCPKeepAlive=yes", "ForwardAgent=no", "ForwardX11=no", "ForwardX11Trusted=no", "Tunnel=no",
                "EscapeChar=none", "ExitOnForwardFailure=no",
                // Else the values of the variables that are sent may be logged.
                "LogVerbose=none",
                // Nothing but known hosts vouches for a host: not its address, not the name service, not Kerberos.
                "NoHostAuthenticationForLocalhost=no", "VerifyHostKeyDNS=no",
            ])
            // Known to the clients of some distributions alone, and a fault to the others.
            + (route.hasKerberosKeyExchange ? options(["GSSAPIKeyExchange=no"]) : [])
    }

    /// What the user's configuration may say, and would break the channel.
    private func sessionOptions(_ environment: [String]) -> [String] {
        options(
            [
                "ClearAllForwardings=yes", "RemoteCommand=none", "RequestTTY=no", "SessionType=default",
                "ForkAfterAuthentication=no", "StdinNull=no",
            ]
                + (environment.isEmpty ? [] : ["SendEnv=\(environment.joined(separator: " "))"])
        )
    }

    private var destination: [String] {
        Self.account(user: endpoint.user, port: endpoint.port) + ["--", endpoint.host]
    }

    private static func account(user: String?, port: Int?) -> [String] {
        (user.map { ["-l", $0] } ?? []) + (port.map { ["-p", String($0)] } ?? [])
    }

    private var identityOptions: [String] {
        guard let identity = route.identity else { return [] }
        return options(["IdentityFile=\(Self.literal(identity))", "IdentitiesOnly=yes"])
    }

    private var knownHostsFiles: [String] {
        guard let file = endpoint.knownHosts else { return [] }
        return options(["UserKnownHostsFile=\(Self.literal(route.expand(file)))", "GlobalKnownHostsFile=none"])
    }

    private func hostKeyOptions(nonce: String) -> [String] {
        guard let pin = endpoint.hostKeyFingerprint else {
            return knownHostsFiles + tellingKey(nonce, unless: route.hasKnownHostsCommand)
        }
        let types = route.hostKeyAlgorithms.map { ["HostKeyAlgorithms=\($0)"] } ?? []
        return options(["UserKnownHostsFile=none", "GlobalKnownHostsFile=none"] + types + [pinnedKey(pin, nonce)])
    }

    /// Tells standard error which key the host showed, and knows none (`KnownHostsCommand` of `ssh_config(5)`), unless
    /// the user has a command of that kind.
    private func tellingKey(_ nonce: String, unless hasCommand: Bool) -> [String] {
        hasCommand ? [] : options([tellKey(nonce)])
    }

    private func tellKey(_ nonce: String) -> String {
        #"KnownHostsCommand=/bin/sh -c "echo "# + Self.keyMark(nonce) + #" $1 $2 $3 >&2" sh %H %t %f"#
    }

    /// Knows the host's key where it has the pinned fingerprint, and no other.
    private func pinnedKey(_ pin: String, _ nonce: String) -> String {
        #"KnownHostsCommand=/bin/sh -c "echo "# + Self.keyMark(nonce)
            + #" $1 $2 $3 >&2; if [ $3 = "# + pin + #" ]; then echo $1 $2 $4; fi" sh %H %t %f %K"#
    }

    // MARK: - Jump hosts

    /// Jump hosts are reached by a client that is started with the same rules (`ssh -J` starts one without any).
    private func proxyOptions(nonce: String) -> [String] {
        guard let command = proxyCommand(route.jumps[...], nonce: nonce) else { return [] }
        // Alone: after a ProxyJump of any kind, `none` too, ssh passes over a ProxyCommand.
        return options(Self.proxied(by: command))
    }

    /// The way through a command, which speaks on its standard input and output whatever the configuration says.
    private static func proxied(by command: String) -> [String] { ["ProxyCommand=\(command)", "ProxyUseFdpass=no"] }

    private func proxyCommand(_ jumps: ArraySlice<JumpHost>, nonce: String) -> String? {
        guard let jump = jumps.last else { return nil }
        let inner = proxyCommand(jumps.dropLast(), nonce: nonce).map { options(Self.proxied(by: $0)) } ?? []
        let words =
            [program] + common(endpoint.configFile)
            + options([
                "ControlMaster=no", "ControlPath=none", "PermitLocalCommand=no", "ClearAllForwardings=yes",
                "RemoteCommand=none", "SessionType=default", "ForkAfterAuthentication=no", "StdinNull=no",
            ])
            + knownHostsFiles + tellingKey(nonce, unless: jump.hasKnownHostsCommand) + jumpIdentity + inner
            + Self.account(user: jump.user, port: jump.port)
        // ssh puts an exec before it, and a second one is no command.
        let quoted = words.map(ShellCommand.quoted).joined(separator: " ").percentEscaped
        return "\(quoted) -W '[%h]:%p' -- \(ShellCommand.quoted(jump.host).percentEscaped)"
    }

    private var jumpIdentity: [String] {
        route.identity.map { options(["IdentityFile=\(Self.literal($0))"]) } ?? []
    }

    /// A path as ssh takes it for an option: between quotes, with what ssh would expand written twice.
    static func literal(_ path: String) -> String {
        var text = "\""
        for scalar in path.percentEscaped.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }
}

extension String {
    /// The text with `%` written twice, as ssh's options that know tokens need it.
    var percentEscaped: String {
        split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }
}
