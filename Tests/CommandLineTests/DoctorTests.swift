import Foundation
import Testing

/// `fleet doctor` against an OpenSSH server of the test's own.
@Suite(
    "Command line: doctor",
    .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine"),
    .timeLimit(.minutes(2))
)
struct DoctorTests {
    @Test("A builder that works: every check is well, the supervisor is sent once, and nothing else stays")
    func healthy() async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        let hosts = ["w": server.host(["supervisor": NSNull(), "env_allowlist": ["LC_MARK"]])]
        for words in ["it was sent", "it was there"] {
            let result = try await doctor(hosts, bench)
            #expect(result.code == 0, "\(result.output) \(result.diagnostics)")
            let findings = self.findings(of: "w", in: result)
            #expect(findings.allSatisfy { $0.severity == "ok" }, "\(findings)")
            let checks = Set(findings.map(\.check))
            #expect(
                checks == [
                    "configuration", "identity", "reachable", "host_key", "authentication", "shell", "supervisor",
                    "state", "variable", "clock", "round_trip", "home", "working_directory", "program", "sessions",
                    "logind",
                ]
            )
            #expect(findings.first { $0.check == "supervisor" }?.found.hasSuffix(words) == true)
            #expect(!result.output.contains("marker-value"))
        }
        #expect(server.listing(server.home + "/.local/state/codewhale").isEmpty)
        #expect(await server.close().isEmpty)
        #expect(bench.close().isEmpty)
    }

    @Test("Builders that cannot be reached: each is told with its remedy, and the exit code is 69")
    func unreached() async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        let result = try await doctor(
            [
                "stranger": server.host(["identity": server.directory + "/stranger"]),
                "unknown": server.host(["known_hosts": server.directory + "/empty"]),
                "pinned": server.host(["host_key_fingerprint": "SHA256:" + String(repeating: "A", count: 43)]),
                "missing-key": server.host(["identity": server.directory + "/none"]),
                "native": server.host(["transport": "libssh2", "known_hosts": server.directory + "/empty"]),
                "well": server.host(),
                "natively-well": server.host(["transport": "libssh2"]),
            ],
            bench
        )
        #expect(result.code == 69)
        #expect(errors(of: "stranger", in: result) == ["authentication"])
        #expect(errors(of: "unknown", in: result) == ["host_key"])
        let unknown = findings(of: "unknown", in: result).first { $0.severity == "error" }
        #expect(unknown?.found.contains("SHA256:") == true)
        #expect(unknown?.remedy?.contains("\"host_key_fingerprint\": \"SHA256:") == true)
        #expect(errors(of: "pinned", in: result) == ["host_key"])
        #expect(errors(of: "missing-key", in: result) == ["identity"])
        #expect(errors(of: "native", in: result) == ["host_key"])
        #expect(errors(of: "well", in: result) == [])
        #expect(errors(of: "natively-well", in: result) == [])
        #expect(await server.close().isEmpty)
        #expect(bench.close().isEmpty)
    }

    @Test("A builder with a refused variable, no working directory, or a restricted account: 78")
    func misconfigured() async throws {
        let (server, bench) = (try await LoopbackServer(), try Bench())
        let result = try await doctor(
            [
                "refused": server.host(["env_allowlist": ["LC_MARK", "BUILD_FLAVOR", "UNSET_HERE"]]),
                "requested": server.host(["env_allowlist": ["BUILD_FLAVOR"], "env_via": "request"]),
                "homeless": server.host(["working_directory": "/nowhere/at all", "connect_timeout_seconds": 9]),
                "restricted": server.host(["identity": server.directory + "/restricted"]),
            ],
            bench
        )
        #expect(result.code == 78)
        #expect(errors(of: "refused", in: result) == ["variable"])
        let variables = findings(of: "refused", in: result).filter { $0.check == "variable" }
        #expect(variables.map(\.subject) == ["LC_MARK", "BUILD_FLAVOR", "UNSET_HERE"])
        #expect(variables.map(\.severity) == ["ok", "error", "warning"])
        #expect(variables[1].remedy?.contains("AcceptEnv BUILD_FLAVOR") == true)
        #expect(errors(of: "requested", in: result) == [])
        #expect(errors(of: "homeless", in: result) == ["working_directory"])
        #expect(errors(of: "restricted", in: result) == ["shell"])
        #expect(await server.close().isEmpty)
        #expect(bench.close().isEmpty)
    }

    @Test("This machine, without a workspace: well, and nothing is left in it")
    func local() async throws {
        let bench = try Bench()
        let result = try await bench.run("fleet", "doctor")
        #expect(result.code == 0, "\(result.output) \(result.diagnostics)")
        #expect(result.output.hasSuffix("1 host: all well\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.workspace).isEmpty)
        #expect(bench.close().isEmpty)
    }

    // MARK: - Reading

    private struct Finding {
        let severity: String
        let check: String
        let subject: String?
        let found: String
        let remedy: String?
    }

    private func doctor(_ hosts: [String: [String: Any]], _ bench: Bench) async throws -> Bench.Result {
        var bench = bench
        bench.variables = ["LC_MARK": "marker-value", "BUILD_FLAVOR": "marker-value"]
        let workers = hosts.sorted { $0.key < $1.key }.map { ["id": $0.key, "host": $0.value] as [String: Any] }
        let text = try JSONSerialization.data(withJSONObject: workers)
        try bench.write(String(decoding: text, as: UTF8.self), to: "workers.json")
        return try await bench.run("fleet", "doctor", "--workers", "workers.json", "--json")
    }

    private func findings(of worker: String, in result: Bench.Result) -> [Finding] {
        let hosts = result.json["hosts"] as? [[String: Any]] ?? []
        let host = hosts.first { ($0["workers"] as? [String])?.contains(worker) ?? false }
        return (host?["findings"] as? [[String: Any]] ?? [])
            .map { finding in
                Finding(
                    severity: finding["severity"] as? String ?? "",
                    check: finding["check"] as? String ?? "",
                    subject: finding["subject"] as? String,
                    found: finding["found"] as? String ?? "",
                    remedy: finding["remedy"] as? String
                )
            }
    }

    private func errors(of worker: String, in result: Bench.Result) -> [String] {
        findings(of: worker, in: result).filter { $0.severity == "error" }.map(\.check)
    }
}
