import FleetCore
import Testing

@testable import FleetCommands

@Suite("Workers from a file of their own")
struct WorkersFileTests {
    private static let spec = #"""
        {"tasks": [{"id": "a", "command": "true", "requires": ["gpu"]}],
         "workers": [{"id": "old", "host": {"kind": "ssh", "host": "h", "working_directory": "/", "codewhale_binary": "/b"}}]}
        """#

    @Test(
        "They take the place of the spec's",
        arguments: [
            ("w.json", #"[{"id": "new", "host": {"kind": "local"}, "capabilities": ["gpu"]}]"#),
            ("w.json", #"{"workers": [{"id": "new", "host": {"kind": "local"}, "capabilities": ["gpu"]}]}"#),
            ("w.toml", "[[workers]]\nid = 'new'\nhost.kind = 'local'\ncapabilities = ['gpu']"),
        ]
    )
    func replaced(name: String, content: String) throws {
        let directory = try TemporaryDirectory()
        let spec = try SpecLoader.load(
            directory.write("a.json", Self.spec),
            workers: directory.write(name, content)
        )
        #expect(spec.workers.map(\.id.rawValue) == ["new"])
    }

    @Test(
        "Their faults name their file",
        arguments: [
            ("[]", "at least one"), (#"[{"id": "x"}]"#, nil),
            (
                #"[{"id": "x", "host": {"kind": "ssh", "host": "h", "transport": "libssh1", "working_directory": "/", "codewhale_binary": "/b"}}]"#,
                #"one of "system", "libssh2", "auto""#
            ),
        ]
    )
    func faults(content: String, expected: String?) throws {
        let directory = try TemporaryDirectory()
        let spec = try directory.write("a.json", Self.spec)
        let workers = try directory.write("w.json", content)
        let error = try #require(#expect(throws: CommandError.self) { try SpecLoader.load(spec, workers: workers) })
        #expect(error.code == .badSpec)
        #expect(error.message.hasPrefix("\(workers) has 1 fault"))
        if let expected { #expect(error.faults.first?.expected == expected) }
    }

    @Test("A missing file of workers is named as one")
    func missing() throws {
        let directory = try TemporaryDirectory()
        let spec = try directory.write("a.json", Self.spec)
        let error = #expect(throws: CommandError.self) { try SpecLoader.load(spec, workers: directory.path + "/w") }
        #expect(error?.code == .noSpec)
        #expect(error?.message == "there is no file of workers \(directory.path)/w")
    }

    @Test("Spec and workers cannot both come from standard input")
    func bothStandardInput() {
        let error = #expect(throws: CommandError.self) { try SpecLoader.load("-", workers: "-") }
        #expect(error?.exit == .usage)
    }
}

@Suite("Documents that must be accepted")
struct AcceptedSpecTests {
    @Test("The example that init leaves")
    func example() throws {
        let directory = try TemporaryDirectory()
        let spec = try SpecLoader.load(directory.write("example.json", ExampleSpec.text))
        #expect(spec.tasks.map(\.id.rawValue) == ["hello", "count", "report"])
    }

    @Test("The minimal example of the specification, byte for byte")
    func minimal() throws {
        let text = """
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
        let directory = try TemporaryDirectory()
        let spec = try SpecLoader.load(directory.write("tasks.json", text))
        #expect(spec.name == "local smoke")
        #expect(spec.tasks.map(\.prompt) == ["Run the lint check and report failures."])
    }
}
