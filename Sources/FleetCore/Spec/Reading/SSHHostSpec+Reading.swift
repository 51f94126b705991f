extension SSHHostSpec {
    /// Reads an ssh host; nil where what it cannot be without is missing or wrong.
    ///
    /// Nothing that goes into an argument list may begin with `-`, so that none becomes an option of `ssh`.
    static func read(_ value: DocumentValue, at place: Place, _ faults: FaultList) -> SSHHostSpec? {
        guard let object = ObjectReader(value, at: place, faults, known: .sshHost) else { return nil }
        object.require("host", expected: "the host's name or address")
        object.require("working_directory", expected: "an absolute directory on the host, or one below ~/")
        object.require("codewhale_binary", expected: "the worker program's path on the host")
        let name = object.string(
            "host",
            expected: "a host name or address without spaces, not beginning with '-'",
            hint: object["host"]?.text?.contains("@") == true ? "put the account into \"user\"" : nil,
            where: isHostName
        )
        let directory = object.remotePath("working_directory", "an absolute directory on the host, or one below ~/")
        let binary = object.remotePath("codewhale_binary", "an absolute path on the host, or one below ~/")
        var host = SSHHostSpec(host: name ?? "", workingDirectory: directory ?? "", codewhaleBinary: binary ?? "")
        host.user = object.string("user", expected: "an account without spaces, not beginning with '-'", where: isUser)
        host.port = object.integer("port", in: SpecBounds.port)
        host.identity = object.string("identity", expected: "the path of a private key", where: isLocalPath)
        host.environmentAllowlist = object.allowlist()
        host.transport = object.choice("transport", Transport.self) ?? host.transport
        host.supervisor = object.remotePath("supervisor", "the supervisor's absolute path on the host")
        host.envVia = object.choice("env_via", EnvironmentRoute.self) ?? host.envVia
        host.knownHosts = object.string("known_hosts", expected: "the path of a known_hosts file", where: isLocalPath)
        host.hostKeyFingerprint = object.string(
            "host_key_fingerprint",
            expected: "\"SHA256:\" and 43 characters of base64, as ssh-keygen -l prints it",
            where: isFingerprint
        )
        host.proxyJump = object.string(
            "proxy_jump",
            expected: "jump hosts as [user@]host[:port], with ',' between them",
            where: isJumpList
        )
        host.connectTimeoutSeconds =
            object.number("connect_timeout_seconds", in: SpecBounds.connectTimeout) ?? host.connectTimeoutSeconds
        host.path = object.searchPath()
        return name == nil || directory == nil || binary == nil ? nil : host
    }

    /// Whether a text can be a host's name, address or alias: visible, without what means something to ssh.
    private static func isHostName(_ text: some StringProtocol) -> Bool {
        isWord(text) && !text.contains(where: { "@/,'\"\\$`;&|<>()*?!".contains($0) })
    }

    private static func isUser(_ text: some StringProtocol) -> Bool {
        isWord(text) && !text.contains(where: { "@/:,'\"\\$`;&|<>()*?!".contains($0) })
    }

    private static func isWord(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 255 && !text.hasPrefix("-")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    private static func isLocalPath(_ text: String) -> Bool {
        !text.isBlank && !text.hasPrefix("-") && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private static func isFingerprint(_ text: String) -> Bool {
        guard text.hasPrefix("SHA256:") else { return false }
        let digest = text.dropFirst(7)
        return digest.utf8.count == 43
            && digest.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    private static func isJumpList(_ text: String) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false)
            .allSatisfy { jump in
                let parts = jump.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
                guard let target = parts.last, isHostName(target) else { return false }
                return parts.count == 1 || parts.first.map { isUser($0) } ?? false
            }
    }
}

extension ObjectReader {
    /// A path on a host: absolute, or below the account's home.
    fileprivate func remotePath(_ name: String, _ expected: String) -> String? {
        string(name, expected: expected) { path in
            (path.hasPrefix("/") || path.hasPrefix("~/")) && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
    }
}
