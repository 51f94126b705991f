import FleetCore
import Foundation
import Testing

@testable import FleetCommands

@Suite("Specs from files")
struct SpecLoaderTests {
    private static let task = #"{"id": "a", "command": "true"}"#
    private static let tomlTask = "[[tasks]]\nid = 'a'\ncommand = 'true'\n"

    @Test(
        "JSON or TOML is told by the extension, else by the content",
        arguments: [
            ("a.json", #"{"tasks": [\#(task)]}"#), ("a.JSON", "[\(task)]"), ("a.toml", tomlTask), ("a", "[\(task)]"),
            ("a.txt", "  \n[ \(task)]"), ("noextension", tomlTask), ("b.spec", "# c\n" + tomlTask), ("json", tomlTask),
            ("toml", task), ("c.d/file", "\u{FEFF}" + task), ("e", "[defaults]\npriority = 1\n" + tomlTask),
            ("d.x/json", tomlTask),
        ]
    )
    func formats(name: String, content: String) throws {
        let directory = try TemporaryDirectory()
        let spec = try SpecLoader.load(directory.write(name, content))
        #expect(spec.tasks.map(\.id.rawValue) == ["a"])
    }

    @Test(
        "A run without a name is called by its file",
        arguments: [
            ("nightly.json", "nightly"), ("a.b.json", "a.b"), ("tasks", "tasks"), (".hidden", ".hidden"),
            (" .json", "run"),
        ]
    )
    func names(file: String, expected: String) throws {
        let directory = try TemporaryDirectory()
        #expect(try SpecLoader.load(directory.write(file, "[\(Self.task)]")).name == expected)
    }

    @Test("A spec in TOML means what the same in JSON means")
    func sameMeaning() throws {
        let directory = try TemporaryDirectory()
        let json = try directory.write(
            "a.json",
            """
            {"name": "n", "labels": {"x": "y"}, "tasks": [
              {"id": "a", "command": ["echo", "{k}"], "matrix": {"z": ["1", "2"], "k": ["3"]}, "timeout_seconds": 1.5},
              {"id": "b", "instructions": "do", "depends_on": ["a"], "retry_policy": {"max_attempts": 2}}
            ]}
            """
        )
        let toml = try directory.write(
            "a.toml",
            """
            name = "n"
            labels.x = "y"
            [[tasks]]
            id = "a"
            command = ["echo", "{k}"]
            matrix = { z = ["1", "2"], k = ["3"] }
            timeout_seconds = 1.5
            [[tasks]]
            id = "b"
            instructions = "do"
            depends_on = ["a"]
            [tasks.retry_policy]
            max_attempts = 2
            """
        )
        #expect(try SpecLoader.load(toml) == SpecLoader.load(json))
    }

    @Test(
        "What cannot be read is told with its exit code",
        arguments: [
            ("missing.json", nil, .noSpec, "there is no spec"),
            ("directory", nil, .noSpec, "is a directory, not a spec"),
            ("empty.json", "", .badSpec, nil),
            ("blank.toml", " \n\t\n", .badSpec, nil),
            ("broken.json", "{", .badSpec, nil),
            ("broken.toml", "[", .badSpec, nil),
        ] as [(String, String?, CommandError.Code, String?)]
    )
    func unreadable(name: String, content: String?, code: CommandError.Code, message: String?) throws {
        let directory = try TemporaryDirectory()
        try directory.write("directory/x", "")
        if let content { try directory.write(name, content) }
        let error = #expect(throws: CommandError.self) { try SpecLoader.load(directory.path + "/" + name) }
        #expect(error?.code == code)
        #expect(error?.exit == (code == .noSpec ? .notFound : .badSpec))
        if let message { #expect(error?.message.contains(message) == true, "\(error?.message ?? "")") }
    }

    @Test("A file over 16 MiB is refused by its size, unread", .timeLimit(.minutes(1)))
    func tooLarge() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("big.json", "")
        // A file with a hole: to read it would take a terabyte of memory.
        try #require(truncate(path, 1 << 40) == 0)
        let error = #expect(throws: CommandError.self) { try SpecLoader.load(path) }
        #expect(error?.code == .badSpec)
        #expect(error?.faults.first?.found == "a document of 1099511627776 bytes")
    }

    @Test("What has no size, and goes on beyond 16 MiB, is read no further")
    func endless() {
        let error = #expect(throws: CommandError.self) { try SpecLoader.load("/dev/zero") }
        #expect(error?.faults.first?.found == "a document of more than 16777216 bytes")
    }

    @Test("Bytes that are not UTF-8 are told with their place", arguments: ["a.json", "a.toml"])
    func invalidUTF8(name: String) throws {
        let directory = try TemporaryDirectory()
        let bytes =
            name == "a.json" ? Array(#"{"a": ""#.utf8) + [0xff, 0x22, 0x7d] : Array("a = '".utf8) + [0xff, 0x27]
        let error = #expect(throws: CommandError.self) { try SpecLoader.load(directory.write(name, bytes)) }
        #expect(error?.code == .badSpec)
        #expect(error?.faults.map(\.line) == [1])
        #expect(error?.faults.first?.found.contains("not UTF-8") == true)
    }

    @Test("All faults of a file are told at once, with what this version does not do yet among them")
    func allFaults() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "a.toml",
            """
            nam = "x"
            [[tasks]]
            id = "a"
            command = 3
            input_files = ["x"]
            [[tasks]]
            id = "a b"
            command = "true"
            timeout = 3
            """
        )
        let error = try #require(#expect(throws: CommandError.self) { try SpecLoader.load(path) })
        #expect(error.message == "\(path) has 5 faults; nothing was started")
        #expect(error.faults.map(\.line) == [1, 4, 5, 7, 9])
        #expect(
            error.faults.map(\.path) == [
                "nam", "tasks[0].command", "tasks[0].input_files", "tasks[1].id", "tasks[1].timeout",
            ]
        )
        #expect(error.exit == .badSpec)
    }

    @Test("What this version does not do yet is refused, never ignored")
    func unsupported() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "a.json",
            #"""
            {"on_manager_loss": {"stop_after": 5}, "tasks": [{"id": "a", "command": "true", "scorer": {"kind": "exit_code"}}]}
            """#
        )
        let error = try #require(#expect(throws: CommandError.self) { try SpecLoader.load(path) })
        #expect(error.faults.count == 2)
        #expect(error.faults.allSatisfy { $0.found.contains("not supported yet in this version") })
    }

    @Test("What carries connections is taken from the command line first")
    func transport() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "a.json",
            #"""
            {"tasks": [{"id": "a", "command": "true"}], "workers": [{"id": "l", "host": {"kind": "local"}},
             {"id": "w", "host": {"kind": "ssh", "host": "h", "working_directory": "/w", "codewhale_binary": "/b", "transport": "libssh2"}}]}
            """#
        )
        let spec = try SpecLoader.load(path, transport: .auto)
        guard case .ssh(let host) = spec.workers.last?.host, case .local = spec.workers.first?.host else {
            Issue.record("\(spec.workers)")
            return
        }
        #expect(host.transport == .auto)
    }
}

@Suite("Values of variables stay out of sight")
struct SecretValueTests {
    @Test("Neither faults nor a dry run show them", arguments: ["API_TOKEN", "PLAIN", "bad name"])
    @MainActor
    func hidden(name: String) async throws {
        let directory = try TemporaryDirectory()
        for (file, content) in [
            ("a.json", #"[{"id": "a", "command": "true", "env": {"\#(name)": "s3cret", "X": 5}}]"#),
            ("b.json", #"[{"id": "a", "command": "true", "env": {"\#(name)": "s3cret"}}]"#),
            ("c.toml", "[[tasks]]\nid = 'a'\ncommand = 'true'\nenv = {'\(name)' = 's3cret'}\n"),
        ] {
            for flags in [[], ["--json"]] as [[String]] {
                let console = try TestConsole()
                let words = ["fleet", "run", try directory.write(file, content), "--dry-run"] + flags
                _ = await CommandLineEntry.run(words, console: console.console)
                let text = console.output + console.diagnostics
                #expect(!text.isEmpty)
                #expect(!text.contains("s3cret"), "\(text)")
            }
        }
    }
}
