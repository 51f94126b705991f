@testable import FleetLibSSH2
@testable import FleetTransport

extension Reader {
    /// Files of known hosts.
    static let knownHosts = Reader(name: "known_hosts", corpus: [Array(knownHostsFile.utf8)]) { bytes in
        let hosts = KnownHosts(files: [.init(path: "/h/known_hosts", bytes: bytes)])
        let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
        guard hosts.findings.count <= lines else { return "more findings than lines" }
        for (name, port) in [("a.example", 22), ("a.example", 2222), ("", 0)] {
            let host = hosts.host(name, port: port)
            guard host.findings.count <= lines else { return "more findings than lines" }
            let verdict = host.verdict(of: strangeKey)
            if case .known = verdict { return "a key is known that stands nowhere" }
            let refusal = HostKeyRefusal(host: "a.example", key: strangeKey).error(verdict, findings: host.findings)
            if let refusal, let complaint = complaint(about: "\(refusal)") { return complaint }
        }
        return hosts.findings.lazy.compactMap { complaint(about: "\($0)") }.first
    }

    /// What `ssh -G` prints.
    static let clientConfiguration = Reader(name: "ssh_config", corpus: [Array(configuration.utf8)]) { bytes in
        guard let configuration = SSHConfiguration(output: String(decoding: bytes, as: UTF8.self)) else { return nil }
        for list in [configuration.proxyJump, configuration["proxyjump"]].compactMap(\.self) {
            guard let jumps = JumpHost.list(list) else { continue }
            for jump in jumps {
                if jump.host.hasPrefix("-") || jump.user?.hasPrefix("-") == true { return "an option for a host" }
                if let port = jump.port, !(1...65_535).contains(port) { return "port \(port)" }
            }
        }
        let tokens = SSHTokens(configuration, host: "a.example", alias: configuration["hostkeyalias"], environment: [:])
        for file in configuration.identityFiles where tokens.expand(file).utf8.count > 1 << 22 {
            return "a path of \(tokens.expand(file).utf8.count) bytes"
        }
        return complaint(about: "\(SSHResolver.unreadable(configuration.proxyJump ?? "", host: "a.example"))")
    }

    /// What the ssh client says, in its log and on its standard error.
    static let clientWords = Reader(name: "ssh_words", corpus: clientSentences.map { Array($0.utf8) }) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        for (log, diagnostics) in [(text, ""), ("", text), (text, text)] {
            for status: ChannelEnd.Status in [.code(255), .code(1), .unknown] {
                for pin in [nil, "SHA256:x"] {
                    let diagnosis = SSHDiagnosis(
                        host: "a.example",
                        log: log,
                        diagnostics: diagnostics,
                        nonce: "n",
                        pin: pin,
                        status: status
                    )
                    _ = diagnosis.isSharingRefused
                    for error in [diagnosis.error, diagnosis.lateError(seconds: 10)] {
                        if error.description.utf8.count > 4_000 { return "a message of some length" }
                        if let complaint = complaint(about: error.description) { return complaint }
                    }
                }
            }
        }
        return nil
    }

    /// A key of no host: what it says of itself is of its sender's choice.
    private static let strangeKey: [UInt8] = [0, 0, 0, 4] + Array("x\u{1b}[m".utf8) + [0, 0, 0, 1, 7]

    private static let knownHostsFile = """
        # a comment
        a.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ me@here
        *.example,!b.example,[a.example]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI
        @revoked * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH
        @cert-authority *.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYG
        |1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF

        """

    private static let configuration = """
        host a.example
        user me
        hostname 192.0.2.1
        port 2222
        identityagent SSH_AUTH_SOCK
        identityfile ~/.ssh/id_%h_%%_%r
        identityfile /keys/%n/%p/%C
        hostkeyalias an-alias
        identitiesonly yes
        proxyjump a@[::1]:22,ssh://b@c.example:2222,d
        userknownhostsfile ~/.ssh/known_hosts %d/%u/x
        globalknownhostsfile none
        proxycommand none

        """

    private static let clientSentences = [
        """
        codewhale-key:n [127.0.0.1]:2222 ED25519 SHA256:abc\r
        No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict checking.\r
        Host key verification failed.\r
        Connection closed by UNKNOWN port 65535\r

        """,
        """
        @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
        Offending ED25519 key in /home/me/.ssh/known_hosts:3\r
        Host key for [127.0.0.1]:2222 has changed and you have requested strict checking.\r

        """,
        "Load key \"/tmp/k\": error in libcrypto\r\nme@127.0.0.1: Permission denied (publickey).\r\n",
        "ssh: connect to host 127.0.0.1 port 1: Connection refused\r\nBad configuration option: x\r\nterminating,\r\n",
        "codewhale-authenticated:n\nThis account is currently not available.\n",
    ]
}
