import Testing

@testable import FleetCore

/// Every field that a run may have, and the forms that a document may take.
@Suite struct RunFieldTests {
    static let task = TaskSpec(id: TaskID(unchecked: "a"), work: .command(["true"]))
    static let tasks = #""tasks": [{"id": "a", "command": ["true"]}]"#
    static let worker = WorkerSpec(id: WorkerID(unchecked: "w"), host: .local(LocalHostSpec()))

    /// A field as it is written, and the run that it gives.
    static let fields: [(json: String, spec: RunSpec)] = [
        (#""name": "local smoke""#, RunSpec(name: "local smoke", tasks: [task])),
        (#""labels": {"branch": "main"}"#, RunSpec(name: "run", labels: ["branch": "main"], tasks: [task])),
        (
            #""exec": ["aider", "--message={instructions}"]"#,
            RunSpec(name: "run", tasks: [task], exec: ["aider", "--message={instructions}"])
        ),
        (#""lost_after": 60.5"#, RunSpec(name: "run", tasks: [task], lostAfter: 60.5)),
        (#""on_manager_loss": "finish""#, RunSpec(name: "run", tasks: [task])),
        (
            #""on_manager_loss": {"stop_after": 299.5}"#,
            RunSpec(name: "run", tasks: [task], onManagerLoss: .stopAfter(seconds: 299.5))
        ),
        (
            #""workers": [{"id": "w", "host": {"kind": "local"}}]"#,
            RunSpec(name: "run", tasks: [task], workers: [worker])
        ),
        (
            #""worker_specs": [{"id": "w", "host": {"kind": "local"}}]"#,
            RunSpec(name: "run", tasks: [task], workers: [worker])
        ),
        (#""defaults": {}"#, RunSpec(name: "run", tasks: [task])),
    ]

    @Test(arguments: fields) func isStored(json: String, spec: RunSpec) throws {
        #expect(try Spec.read("{\(json), \(Self.tasks)}") == spec)
    }

    @Test(arguments: fields) func isReadAgainFromWhatIsWritten(json: String, spec: RunSpec) throws {
        try Spec.expectRoundTrip(spec)
    }

    /// A field that is added to the reader is to be added here.
    @Test(arguments: FieldNames.run.names) func standsInTheTable(_ name: String) {
        #expect(name == "tasks" || Self.fields.contains { $0.json.contains("\"\(name)\":") })
    }

    /// The specification's documents, as they stand there.
    @Test func examplesOfTheSpecificationAreRead() throws {
        let run = try Spec.read(
            """
            {
            "name": "local smoke",
            "tasks": [
            {
            "id": "lint",
            "name": "Lint",
            "instructions": "Run the lint check and report failures.",
            "expected_artifacts": ["log"]
            }
            ]
            }
            """
        )
        var lint = TaskSpec(
            id: TaskID(unchecked: "lint"),
            name: "Lint",
            work: .instructions("Run the lint check and report failures.")
        )
        lint.expectedArtifacts = [.log]
        #expect(run == RunSpec(name: "local smoke", tasks: [lint]))
        let worker = """
            {
            "id": "builder-1",
            "name": "Builder 1",
            "host": {
            "kind": "ssh",
            "host": "builder.example.com",
            "user": "codewhale",
            "port": 22,
            "identity": "~/.ssh/codewhale_fleet",
            "working_directory": "/srv/codewhale/work",
            "env_allowlist": ["CODEWHALE_PROFILE"],
            "codewhale_binary": "/usr/local/bin/codewhale"
            },
            "capabilities": ["local", "linux", "tests"],
            "max_concurrent_tasks": 1
            }
            """
        let spec = try Spec.read("{\(Self.tasks), \"workers\": [\(worker)]}")
        #expect(spec.workers.first?.capabilities == ["local", "linux", "tests"])
        try Spec.expectRoundTrip(spec)
    }

    @Test(arguments: [
        #"{"tasks": [{"id": "a", "command": ["true"]}]}"#, #"[{"id": "a", "command": ["true"]}]"#,
        #"{"id": "a", "command": ["true"]}"#, "\u{feff}{\"tasks\": [{\"id\": \"a\", \"command\": [\"true\"]}]}\r\n",
        #"{"tasks": [{"id": "a", "command": ["true"]}], "name": null, "defaults": null, "workers": null}"#,
    ])
    func documentIsARunOrTasksOrOneTask(_ json: String) throws {
        #expect(try Spec.read(json) == RunSpec(name: "run", tasks: [Self.task]))
    }

    @Test(arguments: [
        ("nightly", "nightly"), ("", "run"), (" \t", "run"), ("two\nlines\u{1b}[31m", "two lines [31m"),
        (String(repeating: "é", count: 200), String(repeating: "é", count: 128)),
    ])
    func nameOfTheFileBecomesAName(file: String, name: String) throws {
        let spec = try RunSpec(json: Array("{\(Self.tasks)}".utf8), fallbackName: file)
        #expect(spec.name == name)
        try Spec.expectRoundTrip(spec)
    }

    @Test func equalSpecsGiveEqualBytes() throws {
        let first = try Spec.read(
            #"{"labels": {"b": "2", "a": "1"}, "tasks": [{"id": "a", "command": ["true"], "requires": ["y", "x"]}]}"#
        )
        let second = try Spec.read(
            #"{"tasks": [{"requires": ["x", "y"], "command": ["true"], "id": "a"}], "labels": {"a": "1", "b": "2"}}"#
        )
        #expect(first.specJSON == second.specJSON)
    }
}
