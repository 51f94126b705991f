import Foundation
import Testing

@testable import FleetCommands

@Suite("Which agent is run")
struct AgentConfigurationTests {
    private func template(variable: String? = nil, files: [String] = []) throws(CommandError) -> [String] {
        try AgentConfiguration(variableValue: variable, files: files).agent().template
    }

    @Test(
        "The variable is a JSON array, or words between blanks",
        arguments: [
            (#"["claude", "-p", "{prompt}"]"#, ["claude", "-p", "{prompt}"]), (" \n[\"a b\"]", ["a b"]),
            ("claude -p", ["claude", "-p"]), ("  claude \t -p\n", ["claude", "-p"]), (#"["x", ""]"#, ["x", ""]),
        ]
    )
    func variable(value: String, expected: [String]) throws {
        #expect(try template(variable: value) == expected)
    }

    @Test(
        "What makes no sense is told, and the value itself is not",
        arguments: [
            "[", "[1]", "[]", #"[""]"#, #"{"a": 1}"#, "claude 's3cret'", #"a\ b"#, "[\"a\\u0000b\"]", "`s3cret`",
        ]
    )
    func badVariable(value: String) {
        let error = #expect(throws: CommandError.self) { try template(variable: value) }
        #expect(error?.exit == .configuration)
        #expect(error?.message.hasPrefix("CODEWHALE_AGENT: ") == true, "\(error?.message ?? "")")
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test("The variable counts before the files, the first file before the second, one that names none is passed")
    func order() throws {
        let directory = try TemporaryDirectory()
        let first = try directory.write("a.toml", "[agent]\ncommand = ['first']\n")
        let second = try directory.write("b.toml", "[agent]\ncommand = 'second x'\n")
        let silent = try directory.write("c.toml", "[other]\nx = 1\n[agent]\n")
        let missing = directory.path + "/missing.toml"
        #expect(try template(variable: "v", files: [first]) == ["v"])
        #expect(try template(variable: " ", files: [first, second]) == ["first"])
        #expect(try template(files: [missing, silent, second, first]) == ["second", "x"])
    }

    @Test("Where none is configured, it is said what to set")
    func none() {
        let error = #expect(throws: CommandError.self) { try template(files: ["/nowhere/config.toml"]) }
        #expect(error?.exit == .configuration)
        #expect(
            error?.message == "no agent is configured: set CODEWHALE_AGENT, or [agent] command in /nowhere/config.toml"
        )
        #expect(error?.hint == #"such as CODEWHALE_AGENT='["claude", "-p", "{prompt}"]'"#)
    }

    @Test(
        "A file that makes no sense is told by its place",
        arguments: [
            ("[agent]\ncommand = 3", "the agent's command is to be an array of texts"), ("[agent\n", "line 1"),
            ("[agent]\ncommnd = ['x']", "agent.commnd is not known; the table has command alone"),
            ("agent = 'x'", "agent: found a text, expected a table"), ("[agent]\ncommand = []", "names no program"),
            ("[agent]\ncommand = [\"a\\u0000\"]", "has a NUL character"),
        ]
    )
    func badFile(content: String, expected: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("config.toml", content)
        let error = #expect(throws: CommandError.self) { try template(files: [path]) }
        #expect(error?.exit == .configuration)
        #expect(error?.message.hasPrefix("\(path): ") == true)
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test("A file that others may write is not used", arguments: [0o622, 0o620, 0o602])
    func writable(mode: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("config.toml", "[agent]\ncommand = ['x']")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let error = #expect(throws: CommandError.self) { try template(files: [path]) }
        #expect(error?.message.contains("is not a file that only you can write") == true)
        #expect(error?.hint?.contains("chmod") == true)
    }

    @Test("A directory in its place is not used")
    func directory() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: CommandError.self) { try template(files: [directory.path]) }
        #expect(error?.exit == .configuration)
    }

    @Test("The file of the workspace is the nearest above")
    func nearest() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("a/.codewhale/config.toml", "")
        try directory.write("a/b/c/x", "")
        #expect(AgentConfiguration.workspaceFile(from: directory.path + "/a/b/c") == file)
        #expect(AgentConfiguration.workspaceFile(from: directory.path + "/a") == file)
        #expect(AgentConfiguration.workspaceFile(from: "/") == nil)
    }

    @Test(
        "The prompt takes the place of {prompt}, or comes last",
        arguments: [
            (["a", "{prompt}"], "x y", ["a", "x y"]), (["a", "-p={prompt}."], "x", ["a", "-p=x."]),
            (["a"], "x", ["a", "x"]),
            (["a", "{prompt}{prompt}"], "x", ["a", "xx"]), (["a", "{prompt}"], "{prompt}", ["a", "{prompt}"]),
            (["a", "{ prompt }"], "x", ["a", "{ prompt }", "x"]), (["a", "ü{prompt}"], "ö", ["a", "üö"]),
        ]
    )
    func prompt(template: [String], prompt: String, expected: [String]) {
        #expect(AgentCommand(template: template, source: "s").arguments(prompt: prompt) == expected)
    }
}
