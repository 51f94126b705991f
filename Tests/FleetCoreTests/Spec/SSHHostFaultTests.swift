import FleetCore
import Testing

/// What can be wrong with an ssh host: nothing of it may become an option of `ssh`, or mean something to a shell.
@Suite struct SSHHostFaultTests {
    static let name = "a host name or address without spaces, not beginning with '-'"
    static let user = "an account without spaces, not beginning with '-'"
    static let jump = "jump hosts as [user@]host[:port], with ',' between them"
    static let directory = "an absolute directory on the host, or one below ~/"
    static let fingerprint = "\"SHA256:\" and 43 characters of base64, as ssh-keygen -l prints it"

    @Test(arguments: [
        FaultCase.ssh(#""host": "-oProxyCommand=touch x""#, at: "host", "\"-oProxyCommand=touch x\"", name),
        .ssh(#""host": "-h""#, at: "host", "\"-h\"", name),
        .ssh(#""host": "a b""#, at: "host", "\"a b\"", name),
        .ssh(#""host": "a;reboot""#, at: "host", "\"a;reboot\"", name),
        .ssh(#""host": "$(reboot)""#, at: "host", "\"$(reboot)\"", name),
        .ssh(#""host": "ann@h""#, at: "host", "\"ann@h\"", name, hint: "put the account into \"user\""),
        .ssh(#""host": """#, at: "host", "\"\"", name),
        .ssh(#""host": "a\u0000b""#, at: "host", "\"a\\u{0}b\"", name),
        .ssh(#""user": "-l""#, at: "user", "\"-l\"", user),
        .ssh(#""user": "a b""#, at: "user", "\"a b\"", user),
        .ssh(#""user": "a:b""#, at: "user", "\"a:b\"", user),
        .ssh(#""port": 0"#, at: "port", "0", "a whole number from 1 to 65535"),
        .ssh(#""port": 65536"#, at: "port", "65536", "a whole number from 1 to 65535"),
        .ssh(#""port": "22""#, at: "port", "\"22\"", "a whole number from 1 to 65535"),
        .ssh(#""identity": "-i""#, at: "identity", "\"-i\"", "the path of a private key"),
        .ssh(#""identity": "a\nb""#, at: "identity", "\"a\\nb\"", "the path of a private key"),
        .ssh(#""known_hosts": " ""#, at: "known_hosts", "\" \"", "the path of a known_hosts file"),
        .ssh(#""proxy_jump": "a,-b""#, at: "proxy_jump", "\"a,-b\"", jump),
        .ssh(#""proxy_jump": "-a@b""#, at: "proxy_jump", "\"-a@b\"", jump),
        .ssh(#""proxy_jump": "a,,b""#, at: "proxy_jump", "\"a,,b\"", jump),
        .ssh(#""proxy_jump": "a@b@c""#, at: "proxy_jump", "\"a@b@c\"", jump),
        .ssh(#""proxy_jump": "`x`""#, at: "proxy_jump", "\"`x`\"", jump),
        .ssh(#""host_key_fingerprint": "MD5:00""#, at: "host_key_fingerprint", "\"MD5:00\"", fingerprint),
        .ssh(#""host_key_fingerprint": "SHA256:abc""#, at: "host_key_fingerprint", "\"SHA256:abc\"", fingerprint),
    ])
    func endpoint(_ fault: FaultCase) { fault.check() }

    @Test(arguments: [
        FaultCase.ssh(#""working_directory": "srv""#, at: "working_directory", "\"srv\"", directory),
        .ssh(#""working_directory": "~""#, at: "working_directory", "\"~\"", directory),
        .ssh(#""working_directory": "~ann/x""#, at: "working_directory", "\"~ann/x\"", directory),
        .ssh(#""working_directory": "/a\nb""#, at: "working_directory", "\"/a\\nb\"", directory),
        .ssh(
            #""codewhale_binary": "codewhale""#,
            at: "codewhale_binary",
            "\"codewhale\"",
            "an absolute path on the host, or one below ~/"
        ),
        .ssh(#""supervisor": "x""#, at: "supervisor", "\"x\"", "the supervisor's absolute path on the host"),
        .ssh(
            #""transport": "libssh""#,
            at: "transport",
            "\"libssh\"",
            #"one of "system", "libssh2", "auto""#,
            hint: "did you mean \"libssh2\"?"
        ),
        .ssh(#""env_via": true"#, at: "env_via", "true", #"one of "channel", "request""#),
        .ssh(
            #""connect_timeout_seconds": 0"#,
            at: "connect_timeout_seconds",
            "0",
            "a number of seconds from 0.1 to 3600"
        ),
        .ssh(
            #""password": "xyzzy""#,
            at: "password",
            "an unknown field",
            "a field of an ssh host",
            hint: "log in with a key"
        ),
    ])
    func setting(_ fault: FaultCase) { fault.check() }

    @Test func needsHostDirectoryAndProgram() {
        let faults = Spec.faults(Spec.sshHost("", base: ""))
        #expect(
            faults.map(\.path) == ["host", "working_directory", "codewhale_binary"].map { "workers[0].host.\($0)" }
        )
        #expect(faults.allSatisfy { $0.found == "nothing" && $0.line == 2 })
    }
}
