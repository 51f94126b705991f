import FleetCore
import Testing

/// What is read but not driven yet is refused with a sentence, never ignored.
@Suite struct UnsupportedTests {
    /// The faults of a document that is right in itself.
    private func faults(_ json: String, exactly: Bool = true) throws -> [SpecFault] {
        let document = try JSONDocument.parse(Array(json.utf8))
        return try RunSpec(document: document).unsupportedFaults(in: exactly ? document : nil)
    }

    @Test(arguments: [
        (#""input_files": ["x"]"#, "input_files"), (#""scorer": "exit_code""#, "scorer"),
        (#""alert_policy": {"channels": []}"#, "alert_policy"),
    ])
    func fieldOfATaskIsRefused(json: String, name: String) throws {
        let expected = SpecFault(
            path: "tasks[0].\(name)",
            line: 3,
            found: "\(name), not supported yet in this version",
            expected: "a run without",
            hint: "leave it out"
        )
        #expect(try faults(Spec.task(json)) == [expected])
        var byTask = expected
        byTask.path = "task a"
        byTask.line = nil
        #expect(try faults(Spec.task(json), exactly: false) == [byTask])
    }

    @Test(arguments: [
        (#"{"defaults": {"scorer": "exit_code"}, "tasks": [{"id": "a", "command": "x"}]}"#, "defaults.scorer"),
        (#"[{"id": "a", "command": "x", "scorer": "exit_code"}]"#, "[0].scorer"),
        (#"{"id": "a", "command": "x", "scorer": "exit_code"}"#, "scorer"),
    ])
    func isNamedWhereItStands(json: String, path: String) throws {
        let faults = try faults(json)
        #expect(faults.map(\.path) == [path])
        #expect(faults.first?.line == 1)
    }

    @Test func theEndOfLostAttemptsWorks() throws {
        #expect(try faults(#"{"on_manager_loss": {"stop_after": 1}, "tasks": [{"id": "a", "command": "x"}]}"#) == [])
    }

    @Test(arguments: ["", #""transport": "system","#, #""transport": "auto","#, #""transport": "libssh2","#])
    func sshHostsWork(transport: String) throws {
        let json = """
            {"workers": [{"id": "w", "host": {"kind": "ssh", "host": "h", \(transport) "working_directory": "/w",
             "codewhale_binary": "/b"}}], "tasks": [{"id": "a", "command": "x"}]}
            """
        #expect(try faults(json) == [])
    }

    @Test(arguments: [
        #""input_files": []"#, #""scorer": null"#, #""alert_policy": null"#, #""env": {"A": "b"}"#,
    ])
    func whatWorksIsNotRefused(_ fields: String) throws {
        #expect(try faults(Spec.task(fields)) == [])
        #expect(try faults(Spec.task(fields), exactly: false) == [])
    }
}

/// What tasks require, and workers have.
@Suite struct RequirementTests {
    private func document(requires: String, workers: String...) -> String {
        let list = workers.enumerated()
            .map { "{\"id\": \"w\($0)\", \"host\": {\"kind\": \"local\"}, \"capabilities\": [\($1)]}" }
        return """
            {"workers": [\(list.joined(separator: ", "))],
            "tasks": [{"id": "a", "command": "x", "requires": [\(requires)]}]}
            """
    }

    @Test func oneWorkerMustHaveThemAll() {
        #expect(Spec.faults(document(requires: #""a", "b""#, workers: #""a""#, #""b", "a", "c""#)) == [])
        let apart = Spec.faults(document(requires: #""a", "b""#, workers: #""a""#, #""b""#))
        #expect(apart.map(\.found) == [#""a", "b", which no worker has together"#])
        let unknown = Spec.faults(document(requires: #""linus""#, workers: #""linux""#))
        #expect(unknown.map(\.found) == [#""linus", which no worker has"#])
        #expect(unknown.map(\.hint) == ["did you mean \"linux\"?"])
        #expect(unknown.map(\.path) == ["tasks[0].requires"])
        #expect(unknown.map(\.line) == [2])
    }

    @Test func workersOfAnotherFileAreChecked() throws {
        let spec = try Spec.read(Spec.task(#""requires": ["gpu"]"#))
        let worker = WorkerSpec(id: WorkerID(unchecked: "w"), host: .local(LocalHostSpec()))
        let able = WorkerSpec(id: WorkerID(unchecked: "g"), host: .local(LocalHostSpec()), capabilities: ["gpu"])
        #expect(spec.requirementFaults(workers: [worker, able]) == [])
        #expect(spec.requirementFaults(workers: [worker]).map(\.hint) == ["no worker has \"gpu\""])
    }

    @Test(arguments: [
        #"[{"id": "w", "host": {"kind": "local"}}]"#, #"{"workers": [{"id": "w", "host": {"kind": "local"}}]}"#,
        #"{"worker_specs": [{"id": "w", "host": {"kind": "local"}}]}"#,
    ])
    func fileOfWorkersIsRead(_ json: String) throws {
        let document = try JSONDocument.parse(Array(json.utf8))
        #expect(try RunSpec.workers(document: document).map(\.id.rawValue) == ["w"])
    }

    @Test(arguments: [
        ("[]", "", "no workers"), ("{}", "workers", "nothing"), ("5", "", "5"),
        (#"{"workers": []}"#, "workers", "no workers"), (#"{"workers": [], "x": 1}"#, "x", "an unknown field"),
        (#"[{"id": "w", "host": {"kind": "x"}}]"#, "[0].host.kind", "\"x\""),
    ])
    func fileOfWorkersIsChecked(json: String, path: String, found: String) throws {
        let document = try JSONDocument.parse(Array(json.utf8))
        let error = try #require(throws: SpecError.self) { try RunSpec.workers(document: document) }
        #expect(error.faults.first?.path == path)
        #expect(error.faults.first?.found == found)
    }
}
