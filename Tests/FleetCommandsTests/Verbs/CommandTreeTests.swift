import ArgumentParser
import Foundation
import Testing

@testable import FleetCommands

/// A command with the words that lead to it.
private struct Node: CustomTestStringConvertible, Sendable {
    let path: [String]
    let type: any ParsableCommand.Type

    var testDescription: String { path.joined(separator: " ") }

    static let all: [Node] = nodes(["codewhale"], CodewhaleCommand.self)

    private static func nodes(_ path: [String], _ type: any ParsableCommand.Type) -> [Node] {
        [Node(path: path, type: type)]
            + type.configuration.subcommands.flatMap { nodes(path + [$0.configuration.commandName ?? "?"], $0) }
    }
}

@Suite("Every command of the tree")
struct CommandTreeTests {
    @Test("The verbs of this version are all there, and no others")
    func verbs() {
        #expect(
            FleetCommand.configuration.subcommands.map { $0.configuration.commandName } == [
                "init", "run", "drive", "status", "runs", "inspect", "logs", "artifacts", "interrupt", "restart",
                "resume", "stop", "workers", "doctor",
            ]
        )
    }

    @Test("Has help with an abstract, and an example", arguments: Node.all)
    private func help(node: Node) {
        let configuration = node.type.configuration
        #expect(configuration.abstract.hasSuffix("."))
        #expect(configuration.discussion.contains("Example:\n  "))
        let help = CodewhaleCommand.helpMessage(for: node.type)
        #expect(help.contains("USAGE: " + node.path.joined(separator: " ")))
        #expect(help.contains("-h, --help"))
    }

    @Test("Its examples are command lines that it takes", arguments: Node.all)
    private func examples(node: Node) throws {
        let discussion = node.type.configuration.discussion
        let start = try #require(discussion.range(of: "Example:\n")?.upperBound)
        let lines = discussion[start...].split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(!lines.isEmpty)
        for line in lines {
            var words = Self.words(line)
            if words.first?.contains("=") == true { words.removeFirst() }
            #expect(words.first == "codewhale")
            #expect(throws: Never.self, "\(line)") { _ = try CodewhaleCommand.parseAsRoot(Array(words.dropFirst())) }
        }
    }

    @Test("Every option and argument is described", arguments: Node.all)
    private func descriptions(node: Node) {
        // A long label has its description in the next line.
        let help = CodewhaleCommand.helpMessage(for: node.type, columns: 300)
            .replacingOccurrences(of: ">\n       ", with: "> ")
        for line in help.split(separator: "\n") where line.hasPrefix("  -") || line.hasPrefix("  <") {
            let words = line.split(separator: " ")
                .drop { $0.hasPrefix("-") || $0.hasPrefix("<") || $0 == "|" || $0.hasSuffix(">") }
            #expect(!words.isEmpty, "\(line)")
        }
    }

    /// The words of a command line, with quotes as a shell takes them.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == " " {
                if let word { words.append(word) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}

@Suite("Command lines that make no sense")
struct UsageTests {
    @Test(
        "End with 64 and a sentence",
        arguments: [
            (["fleet", "stats"], "did you mean status?"), (["flet"], "did you mean fleet?"),
            (["fleet", "run"], "Missing expected argument '<spec>'"),
            (["fleet", "run", "a", "--max-workers", "0"], "--max-workers: a number from 1 to 10000"),
            (["fleet", "run", "a", "--max-workers", "x"], "invalid"),
            (["fleet", "run", "a", "--poll-interval", "0"], "a number of seconds from 0.0005 to 3600"),
            (["fleet", "run", "a", "--poll-interval", "3601"], "a number of seconds from 0.0005 to 3600"),
            (["fleet", "run", "a", "--poll-interval", "nan"], "a number of seconds from 0.0005 to 3600"),
            (["fleet", "run", "a", "--poll-interval", "5s"], "--poll-interval"),
            (["fleet", "run", "a", "--transport", "ssh"], "'system', 'libssh2' or 'auto'"),
            (["fleet", "run", "a", "--detach", "--dry-run"], "do not go together"),
            (["fleet", "stop"], "say what to stop"), (["fleet", "stop", "--all", "x"], "do not go together"),
            (["fleet", "logs", "x", "--follow", "--json"], "do not go together"),
            (["fleet", "logs", "x", "--tail=-1"], "not fewer than 0"),
            (["fleet", "logs", "x", "--attempt", "0"], "count from 1"),
            (["fleet", "artifacts", "x", "--attempt", "0"], "count from 1"),
            (["fleet", "artifacts", "x", "--into", ""], "--into is empty"),
            (["fleet", "runs", "--log-level", "loud"], "warning"),
            (["fleet", "resume"], "Missing expected argument '<run>'"),
            (["fleet", "runs", "--workspace", ""], "--workspace is empty"),
        ]
    )
    @MainActor
    func usage(arguments: [String], sentence: String) async throws {
        let console = try TestConsole()
        #expect(await CommandLineEntry.run(arguments, console: console.console) == 64)
        if arguments.contains("--json") {
            let error = try JSONProbe(console.output)
            #expect(error["schema"].text == "fleet.error/1")
            #expect(error["code"].text == "usage")
            #expect(error["message"].text?.contains(sentence) == true)
        } else {
            #expect(console.output.isEmpty)
            #expect(console.diagnostics.hasPrefix("error: "))
            #expect(console.diagnostics.contains(sentence), "\(console.diagnostics)")
        }
    }

    @Test(
        "Help that was asked for is data, with 0",
        arguments: [["--help"], ["fleet"], ["fleet", "run", "--help"], ["help", "exec"]]
    )
    @MainActor
    func help(arguments: [String]) async throws {
        let console = try TestConsole()
        #expect(await CommandLineEntry.run(arguments, console: console.console) == 0)
        #expect(console.output.contains("USAGE: codewhale"))
        #expect(console.diagnostics.isEmpty)
    }
}
