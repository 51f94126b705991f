import Testing

@testable import FleetCore

/// A field of a worker or of its host as it is written in a document, and the worker that it gives.
struct WorkerField: Sendable, CustomTestStringConvertible {
    var json: String
    var document: String
    var expected: WorkerSpec

    private init(_ json: String, _ document: String, _ host: HostSpec) {
        self.json = json
        self.document = document
        expected = WorkerSpec(id: WorkerID(unchecked: "w"), host: host)
    }

    /// A field of the worker itself.
    static func worker(_ json: String, _ change: (inout WorkerSpec) -> Void) -> Self {
        var field = Self(json, Spec.worker(json), .local(LocalHostSpec()))
        change(&field.expected)
        return field
    }

    /// A field of a local host.
    static func local(_ json: String, _ change: (inout LocalHostSpec) -> Void) -> Self {
        var host = LocalHostSpec()
        change(&host)
        return Self(json, Spec.localHost(json), .local(host))
    }

    /// A field of an ssh host.
    static func ssh(_ json: String, _ change: (inout SSHHostSpec) -> Void) -> Self {
        var host = SSHHostSpec(host: "h", workingDirectory: "/w", codewhaleBinary: "/b")
        change(&host)
        return Self(json, Spec.sshHost(json), .ssh(host))
    }

    var testDescription: String { json }
}

/// Every field that a worker and its host may have.
@Suite struct WorkerFieldTests {
    static let fingerprint = "SHA256:" + String(repeating: "aB3+/", count: 8) + "xyz"

    static let fields: [WorkerField] = [
        .worker(#""name": "Builder 1""#) { $0.name = "Builder 1" },
        .worker(#""labels": {"rack": "7"}"#) { $0.labels = ["rack": "7"] },
        .worker(#""capabilities": ["linux", "tests"]"#) { $0.capabilities = ["linux", "tests"] },
        .worker(#""max_concurrent_tasks": 10000"#) { $0.maxConcurrentTasks = 10_000 },
        .worker(#""exec": ["claude", "-p", "{instructions}"]"#) { $0.exec = ["claude", "-p", "{instructions}"] },
        .local(#""working_directory": "sub dir""#) { $0.workingDirectory = "sub dir" },
        .local(#""path": ["/opt/bin", "~/bin"]"#) { $0.path = ["/opt/bin", "~/bin"] },
        .local(#""path": "/opt/bin:~/bin""#) { $0.path = ["/opt/bin", "~/bin"] },
        .local(#""path": "/opt/bin:/opt/bin::~/bin""#) { $0.path = ["/opt/bin", "~/bin"] },
        .local(#""env_allowlist": ["CODEWHALE_PROFILE", "LANG"]"#) {
            $0.environmentAllowlist = ["CODEWHALE_PROFILE", "LANG"]
        },
        .local(#""codewhale_binary": "/usr/local/bin/codewhale""#) { $0.codewhaleBinary = "/usr/local/bin/codewhale" },
        .ssh(#""user": "codewhale""#) { $0.user = "codewhale" },
        .ssh(#""port": 65535"#) { $0.port = 65_535 },
        .ssh(#""identity": "~/.ssh/codewhale_fleet""#) { $0.identity = "~/.ssh/codewhale_fleet" },
        .ssh(#""env_allowlist": ["CODEWHALE_PROFILE"]"#) { $0.environmentAllowlist = ["CODEWHALE_PROFILE"] },
        .ssh(#""transport": "libssh2""#) { $0.transport = .libssh2 },
        .ssh(#""transport": "auto""#) { $0.transport = .auto },
        .ssh(#""transport": "system""#) { _ in },
        .ssh(#""supervisor": "/opt/codewhale-supervisor""#) { $0.supervisor = "/opt/codewhale-supervisor" },
        .ssh(#""env_via": "request""#) { $0.envVia = .request },
        .ssh(#""known_hosts": "~/.ssh/fleet_hosts""#) { $0.knownHosts = "~/.ssh/fleet_hosts" },
        .ssh("\"host_key_fingerprint\": \"\(fingerprint)\"") { $0.hostKeyFingerprint = fingerprint },
        .ssh(#""proxy_jump": "ann@gate:2222,[2001:db8::1]:22,bastion""#) {
            $0.proxyJump = "ann@gate:2222,[2001:db8::1]:22,bastion"
        },
        .ssh(#""connect_timeout_seconds": 2.5"#) { $0.connectTimeoutSeconds = 2.5 },
        .ssh(#""path": ["/opt/swift/bin"]"#) { $0.path = ["/opt/swift/bin"] },
    ]

    @Test(arguments: fields) func isStored(_ field: WorkerField) throws {
        #expect(try Spec.read(field.document).workers == [field.expected])
    }

    @Test(arguments: fields) func isReadAgainFromWhatIsWritten(_ field: WorkerField) throws {
        try Spec.expectRoundTrip(Spec.read(field.document))
    }

    @Test(arguments: fields) func isPartOfWhatADigestIsMadeOf(_ field: WorkerField) {
        let isSSH = if case .ssh = field.expected.host { true } else { false }
        let plain: HostSpec =
            isSSH
            ? .ssh(SSHHostSpec(host: "h", workingDirectory: "/w", codewhaleBinary: "/b")) : .local(LocalHostSpec())
        let base = WorkerSpec(id: WorkerID(unchecked: "w"), host: plain)
        #expect((field.expected.specJSON == base.specJSON) == (field.expected == base))
    }

    /// A field that is added to the reader is to be added here.
    @Test(arguments: FieldNames.worker.names + FieldNames.localHost.names + FieldNames.sshHost.names)
    func standsInTheTable(_ name: String) {
        #expect(Self.fields.contains { $0.document.contains("\"\(name)\":") })
    }

    @Test(arguments: ["builder.example.com", "10.0.0.7", "2001:db8::1", "fe80::1%eth0", "alias_1"])
    func hostIsANameOrAnAddress(_ host: String) throws {
        let base = "\"host\": \"\(host)\", \"working_directory\": \"~/w\", \"codewhale_binary\": \"~/b\""
        let expected = SSHHostSpec(host: host, workingDirectory: "~/w", codewhaleBinary: "~/b")
        #expect(try Spec.read(Spec.sshHost("", base: base)).workers.first?.host == .ssh(expected))
    }
}
