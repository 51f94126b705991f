import FleetCore
import Testing

@testable import FleetCommands

@Suite("What the doctor reports")
struct DoctorReportTests {
    private static func report(
        _ findings: [Finding],
        isReached: Bool = true,
        ssh: Bool = true,
        workers: [String] = ["b1", "b2"]
    ) -> HostReport {
        var target = DoctorTarget()
        if ssh {
            var host = SSHHostSpec(host: "h", workingDirectory: "/w", codewhaleBinary: "/c")
            (host.user, host.port) = ("u", 2_222)
            target.ssh = host
        }
        target.workers = workers.map { WorkerID(unchecked: $0) }
        var report = HostReport(target)
        report.isReached = isReached
        report.findings = findings
        report.seconds = 1.25
        return report
    }

    private static let refused = Finding.error(.reachable, "nobody listens", remedy: "start sshd")

    @Test("For people: a table for each host, a remedy below its finding, and the sum")
    func text() {
        let report = DoctorReport(
            findings: [.ok(.client, "OpenSSH_9.2")],
            hosts: [
                Self.report([
                    .ok(.hostKey, "known"), .warning(.variable, of: "A", "not set", remedy: "set it"),
                    .error(.workingDirectory, of: "/w\u{1B}[2J", "it is not there", remedy: "mkdir -p"),
                ]),
                Self.report([.ok(.home, "writable")], ssh: false, workers: []),
            ]
        )
        #expect(
            report.text == """
                this machine
                      CHECK   FOUND
                  ok  client  OpenSSH_9.2

                u@h:2222 over system (b1, b2): 1 error, 1 warning, 1.3 s
                           CHECK              FOUND
                  ok       host key           known
                  warning  variable           A: not set
                                              -> set it
                  error    working directory  /w\\x1b[2J: it is not there
                                              -> mkdir -p

                local over local: all well, 1.3 s
                      CHECK  FOUND
                  ok  home   writable

                2 hosts: 1 error, 1 warning

                """
        )
    }

    @Test("For programs: every finding with its severity, subject and remedy")
    func json() throws {
        let report = DoctorReport(
            findings: [.ok(.client, "ssh")],
            hosts: [Self.report([Self.refused], isReached: false)]
        )
        let answer = try JSONProbe(report.json.text)
        #expect(answer.names == ["schema", "errors", "warnings", "findings", "hosts"])
        #expect(answer["schema"].text == "fleet.doctor/1")
        #expect(answer["errors"].number == 1)
        let host = answer["hosts"][0]
        #expect(host.names == ["host", "transport", "workers", "reached", "seconds", "findings"])
        #expect(host["host"].text == "u@h:2222")
        #expect(host["workers"].elements.map(\.text) == ["b1", "b2"])
        #expect(host["reached"].flag == false)
        let finding = host["findings"][0]
        #expect(finding.names == ["severity", "check", "subject", "found", "remedy"])
        #expect(finding["severity"].text == "error")
        #expect(finding["check"].text == "reachable")
        #expect(finding["remedy"].text == "start sshd")
    }

    @Test(
        "Exit: 0 without errors, 69 where a host was not reached, 78 for other errors",
        arguments: [
            ([Finding.ok(.home, "")], true, CommandExit.success),
            ([.warning(.clock, "", remedy: "")], true, .success),
            ([refused], false, .unreachable),
            ([.error(.hostKey, "", remedy: nil)], false, .unreachable),
            ([.error(.authentication, "", remedy: nil)], false, .unreachable),
            ([.error(.identity, "", remedy: nil)], false, .configuration),
            ([.error(.shell, "", remedy: nil)], true, .configuration),
            ([.error(.variable, "", remedy: nil)], true, .configuration),
        ] as [([Finding], Bool, CommandExit)]
    )
    func exit(findings: [Finding], isReached: Bool, expected: CommandExit) {
        #expect(DoctorReport(findings: [], hosts: [Self.report(findings, isReached: isReached)]).exit == expected)
    }

    @Test("An unreached host counts before other errors")
    func exitOfMany() {
        let hosts = [
            Self.report([.error(.shell, "", remedy: nil)]), Self.report([Self.refused], isReached: false),
        ]
        #expect(DoctorReport(findings: [], hosts: hosts).exit == .unreachable)
    }
}
