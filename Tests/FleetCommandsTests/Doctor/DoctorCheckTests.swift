import FleetCore
import FleetTransport
import Testing

@testable import FleetCommands

@Suite("What the doctor makes of what it sees")
struct DoctorCheckTests {
    @Test(
        "The client: OpenSSH of 8.7 or newer, another, or none",
        arguments: [
            ("OpenSSH_9.2p1 Debian-2, OpenSSL 3", Finding.Severity.ok), ("OpenSSH_8.6p1, x", .error),
            ("OpenSSH_10.0p2, x", .ok), ("Dropbear v2022", .warning), (nil, .error),
        ] as [(String?, Finding.Severity)]
    )
    func client(said: String?, expected: Finding.Severity) {
        #expect(ClientCheck.client(said: said).severity == expected)
    }

    @Test("The agent: none, with keys, without, or gone")
    func agent() {
        #expect(ClientCheck.agent(hasSocket: false, code: nil, keys: 0).severity == .ok)
        #expect(ClientCheck.agent(hasSocket: true, code: 0, keys: 2).found == "it holds 2 keys")
        #expect(ClientCheck.agent(hasSocket: true, code: 1, keys: 1).found == "it holds no keys")
        #expect(ClientCheck.agent(hasSocket: true, code: 2, keys: 0).severity == .warning)
        #expect(ClientCheck.agent(hasSocket: true, code: nil, keys: 0).severity == .warning)
    }

    @Test("Keys' files: open to others, behind a passphrase without an agent, usable")
    func identities() {
        let files = [
            SSHInspection.KeyFile(path: "/open", isEncrypted: false), .init(path: "/locked", isEncrypted: true),
            .init(path: "/good", isEncrypted: false),
        ]
        let findings = ConfigurationCheck.identities(files, hasAgent: false) { $0 == "/open" }
        #expect(findings.map(\.severity) == [.error, .warning, .ok])
        #expect(findings[0].remedy == "chmod 600 /open")
        #expect(ConfigurationCheck.identities([], hasAgent: true) { _ in false }.isEmpty)
        #expect(ConfigurationCheck.identities([], hasAgent: false) { _ in false }.map(\.severity) == [.warning])
    }

    @Test("The way to a host: jump hosts, a ProxyCommand")
    func route() {
        var inspection = SSHInspection(hostName: "10.0.0.1", user: "u", port: 22, jumps: ["a@j:1", "k"])
        #expect(ConfigurationCheck.route(inspection).found == "u@10.0.0.1, port 22, through a@j:1, then k")
        (inspection.jumps, inspection.hasProxyCommand) = ([], true)
        #expect(ConfigurationCheck.route(inspection).found == "u@10.0.0.1, port 22, through a ProxyCommand")
    }

    @Test(
        "A failure to reach a host: what worked before it, and the error",
        arguments: [
            (TransportError(.transport, "m", reason: .refused), ["error reachable"]),
            (TransportError(.hostKey, "m", reason: .unknownHostKey), ["ok reachable", "error host_key"]),
            (
                TransportError(.authentication, "m", reason: .denied),
                ["ok reachable", "ok host_key", "error authentication"]
            ),
            (TransportError(.authentication, "m", reason: .encryptedKey), ["error identity"]),
            (
                TransportError(.configuration, "m", reason: .restricted),
                ["ok reachable", "ok host_key", "ok authentication", "error shell"]
            ),
            (TransportError(.configuration, "m", reason: .client), ["error configuration"]),
            (TransportError(.transport, "m", reason: .sessionRefused), ["ok reachable", "error sessions"]),
        ]
    )
    func contact(error: TransportError, expected: [String]) {
        let findings = ContactCheck.failed(error, hasJumps: false)
        #expect(findings.map { "\($0.severity.rawValue) \($0.check.rawValue)" } == expected)
        let behindJumps = ContactCheck.failed(error, hasJumps: true)
        #expect(behindJumps.last == findings.last)
        if error.code == .hostKey { #expect(behindJumps.count == 1) }
    }

    @Test(
        "Noise of a login shell is told, and warned of where there is much",
        arguments: [(0, 0), (100, 0), (90_000, 30)]
    )
    func noise(output: Int, diagnostics: Int) {
        let findings = ContactCheck.reached(seconds: 0.1, noise: output, diagnostics: diagnostics, shell: "/bin/bash")
        let shell = findings.last
        #expect(shell?.check == .shell)
        #expect(shell?.severity == (output > ContactCheck.noiseLimit ? .warning : .ok))
        if output == 0 { #expect(shell?.found == "bash runs commands") }
        if output == 90_000 {
            #expect(shell?.found.contains("87.9 KiB on standard output and 30 B on standard error") == true)
        }
    }

    @Test("Variables: not set here, refused with the AcceptEnv line, accepted")
    func variables() {
        let findings = VariableCheck.findings(
            ["A", "B", "C"],
            present: ["A", "B"],
            missing: ["B"],
            isChannel: true
        )
        #expect(findings.map(\.severity) == [.ok, .error, .warning])
        #expect(findings[1].remedy?.contains("AcceptEnv B") == true)
        #expect(findings[1].remedy?.contains("\"env_via\": \"request\"") == true)
    }

    @Test("Programs: an error where tasks need them, else a warning", arguments: [true, false])
    func programs(isNeeded: Bool) {
        let program = DoctorTarget.Program(name: "/c", path: [], isNeeded: isNeeded)
        #expect(PlaceCheck.program(program, .found).severity == .ok)
        for state in [HostFacts.ProgramState.missing, .noexec, .directory] {
            #expect(PlaceCheck.program(program, state).severity == (isNeeded ? .error : .warning))
        }
    }

    @Test("Directories: missing, not writable, nearly full, well")
    func directories() {
        #expect(PlaceCheck.directory("/w", .init(state: .missing)).remedy?.contains("mkdir -p /w") == true)
        #expect(PlaceCheck.directory("/w", .init(state: .readonly)).severity == .error)
        #expect(PlaceCheck.directory("/w", .init(state: .file)).severity == .error)
        #expect(PlaceCheck.directory("/w", .init(state: .writable, free: 99_999_999)).severity == .warning)
        #expect(PlaceCheck.directory("/w", .init(state: .writable, free: 100_000_000)).severity == .ok)
        #expect(PlaceCheck.directory("/w", .init(state: .writable)).severity == .ok)
        #expect(PlaceCheck.home(.init(state: .writable, free: 1)).severity == .warning)
        #expect(PlaceCheck.home(.init(state: .readonly)).severity == .error)
    }

    @Test(
        "A clock is warned of where it is surely off by more than 2 s",
        arguments: [(1.9, 0, Finding.Severity.ok), (2.1, 0, .warning), (-2.1, 0, .warning), (2.1, 0.2, .ok)]
            as [(Double, Double, Finding.Severity)]
    )
    func clock(skew: Double, doubt: Double, expected: Finding.Severity) {
        #expect(HostCheck.clock(skew: skew, doubt: doubt).severity == expected)
    }

    @Test("logind: no word, none, kind, killing, killing but lingering, root")
    func logind() {
        var facts = HostFacts(lines: [], nonce: "n")
        #expect(HostCheck.logind(facts) == nil)
        facts.hasLogind = false
        #expect(HostCheck.logind(facts)?.severity == .ok)
        (facts.hasLogind, facts.userID, facts.user) = (true, 1_000, "bo")
        #expect(HostCheck.logind(facts)?.severity == .ok)
        facts.killsSurvivors = true
        #expect(HostCheck.logind(facts)?.severity == .error)
        #expect(HostCheck.logind(facts)?.remedy?.contains("enable-linger bo") == true)
        facts.isLingering = true
        #expect(HostCheck.logind(facts)?.severity == .ok)
        (facts.isLingering, facts.userID) = (false, 0)
        #expect(HostCheck.logind(facts)?.severity == .ok)
    }

    @Test("Sessions: one alone is warned of")
    func sessions() {
        #expect(HostCheck.sessions(limit: nil, opened: 10).severity == .ok)
        #expect(HostCheck.sessions(limit: 2, opened: 3).severity == .ok)
        #expect(HostCheck.sessions(limit: 1, opened: 2).severity == .warning)
    }
}
