import FleetCore
import FleetLedger
import Testing

@testable import FleetCommands

@Suite("Which hosts the doctor looks at")
struct DoctorPlanTests {
    private static let host = #""kind": "ssh", "host": "h", "working_directory": "/w", "codewhale_binary": "/c""#

    private func plan(
        _ directory: TemporaryDirectory,
        spec: String? = nil,
        workers: String? = nil,
        host: String? = nil,
        transport: SSHHostSpec.Transport? = nil
    ) throws -> DoctorPlan {
        try DoctorPlan(
            spec: spec,
            workers: workers,
            host: host,
            transport: transport,
            workspace: Workspace(root: directory.path)
        )
    }

    @Test("Workers that differ in their work alone share a host, with all that each needs")
    func shared() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "w.json",
            """
            [{"id": "a", "host": {\(Self.host), "env_allowlist": ["A"]}},
             {"id": "b", "host": {\(Self.host), "env_allowlist": ["B"], "path": ["/opt/x"]}, "exec": ["tool", "{instructions}"]},
             {"id": "c", "host": {\(Self.host), "port": 23}}]
            """
        )
        let targets = try plan(directory, workers: file).targets
        #expect(targets.map(\.name) == ["h", "h:23"])
        #expect(targets[0].workers.map(\.rawValue) == ["a", "b"])
        #expect(targets[0].variables == ["A", "B"])
        #expect(targets[0].directories == ["/w"])
        #expect(
            targets[0].programs == [
                .init(name: "/c", path: [], isNeeded: false), .init(name: "tool", path: ["/opt/x"], isNeeded: false),
            ]
        )
    }

    @Test("The worker program is needed where a task has instructions and there is no template")
    func needed() throws {
        let directory = try TemporaryDirectory()
        for (exec, expected) in [("", [true]), (#""exec": ["t", "{instructions}"], "#, [true, false])] {
            let file = try directory.write(
                "s.json",
                "{\(exec)\"tasks\": [{\"id\": \"a\", \"instructions\": \"do\"}], \"workers\": [{\"id\": \"w\", \"host\": {\(Self.host)}}]}"
            )
            #expect(try plan(directory, spec: file).targets.first?.programs.map(\.isNeeded) == expected)
        }
    }

    @Test("Without a spec and a workspace: this machine")
    func automatic() throws {
        let directory = try TemporaryDirectory()
        let targets = try plan(directory).targets
        #expect(targets.map(\.name) == ["local"])
        #expect(targets[0].directories == [directory.path])
    }

    @Test("One worker's host alone; one that is not there is told with the nearest name")
    func one() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "w.json",
            #"[{"id": "one", "host": {"kind": "local"}}, {"id": "two", "host": {\#(Self.host)}}]"#
        )
        #expect(try plan(directory, workers: file, host: "two").targets.map(\.name) == ["h"])
        let error = #expect(throws: CommandError.self) { try plan(directory, workers: file, host: "twp") }
        #expect(error?.exit == .notFound)
        #expect(error?.hint == "did you mean two?")
    }

    @Test("--transport counts in place of what workers say")
    func transport() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("w.json", #"[{"id": "w", "host": {\#(Self.host)}}]"#)
        #expect(try plan(directory, workers: file, transport: .libssh2).targets.map(\.transport) == ["libssh2"])
    }
}

@Suite("Many hosts at once")
struct DoctorTests {
    private static func targets(_ hosts: [String]) -> [DoctorTarget] {
        hosts.map { name in
            var target = DoctorTarget()
            target.ssh = SSHHostSpec(host: name, workingDirectory: "/w", codewhaleBinary: "/c")
            return target
        }
    }

    @Test("A host that does not answer holds up none of the others, and the reports keep their order")
    func dead() async {
        let (others, done) = AsyncStream<Void>.makeStream()
        let names = ["dead"] + (1...20).map { "h\($0)" }
        let reports = await Doctor.examine(Self.targets(names), limit: 3) { target in
            if target.name == "dead" {
                // Answers once all the others have been looked at.
                var count = 0
                for await _ in others {
                    count += 1
                    if count == 20 { break }
                }
            } else {
                done.yield()
            }
            return HostReport(target)
        }
        #expect(reports.map(\.host) == names)
    }

    @Test(
        "Behind jump hosts the first one's address is the one that counts",
        arguments: [
            (nil, "a 2222"), ("jump", "jump 22"), ("u@jump:7,second", "jump 7"),
        ] as [(String?, String)]
    )
    func jumps(_ jumps: String?, _ address: String) {
        var host = SSHHostSpec(host: "a", workingDirectory: "/w", codewhaleBinary: "/c")
        host.port = 2_222
        host.proxyJump = jumps
        var target = DoctorTarget()
        target.ssh = host
        #expect(target.address == address)
    }

    @Test("To one address a few are asked at once, and all in the end")
    func address() async {
        let active = Counter()
        let reports = await Doctor.examine(Self.targets(Array(repeating: "h", count: 20))) { target in
            await active.enter()
            await Task.yield()
            await active.leave()
            return HostReport(target)
        }
        #expect(reports.count == 20)
        #expect(await active.most <= Doctor.addressLimit)
    }

    private actor Counter {
        private var now = 0
        private(set) var most = 0

        func enter() {
            now += 1
            most = max(most, now)
        }

        func leave() { now -= 1 }
    }
}
