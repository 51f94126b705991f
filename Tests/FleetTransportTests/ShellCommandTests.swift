import Foundation
import TestServers
import Testing

@testable import FleetTransport

/// Command lines, as the login shells of this machine hand them on.
@Suite("Shell command lines")
struct ShellCommandTests {
    /// Words that some shell takes for more than words.
    struct Words: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: [String]

        init(_ what: String, _ words: [String]) { (testDescription, self.words) = (what, words) }
    }

    static let samples = [
        Words("no word", []),
        Words("words", ["plain", "two  words", " ", " at both ends ", "a=b", "%s", "/"]),
        Words("empty words", ["", "", "between", ""]),
        Words("double quotes", ["\"", "\"double\"", "\"$HOME\"", "a\"b"]),
        Words("single quotes", ["'", "it's", "''''", "'single' \"double\"", "'$HOME'"]),
        Words("dollars", ["$", "$$", "$HOME", "${HOME}", "$(id)", "$1", "$@", "$?x", "$#"]),
        Words("backticks", ["`", "`id`", "``", "a`b"]),
        Words("exclamation marks", ["!", "!!", "!$", "a!b", "!-1", "\"!x\"", "'!'", "end!"]),
        Words("backslashes", ["\\n", "\\\"", "\\$", "\\0101", "\\c", "%b\\t"]),
        Words("backslashes in a row", ["\\\\", "a\\\\b", "\\\\\\"]),
        Words("backslashes at the end", ["\\", "end\\"]),
        Words("backslashes among others", ["\\'", "\\!", "\\\\", "\\n", "\\0101", "\\c", "end\\"]),
        Words("newlines", ["line\nbreak", "\n", "\nfirst", "last\n", "last\n\n\n", "\\\n", "'\n'", "!\n"]),
        Words("control characters", ["\t", "a\tb", "\r\n", "\u{1}", "\u{4}", "\u{1b}[31m", "\u{7f}"]),
        Words("UTF-8", ["ünï 鯨 🐳", "e\u{301}", "\u{a0}", "\u{2028}", "ü's", "鯨\n", "\u{feff}"]),
        Words("leading dashes", ["-", "--", "-n", "-e", "-c", "--help", "-n's", "-\\", "--\n"]),
        Words("patterns", ["*", "?", "[a-z]", "~", "~root", "{a,b}", "#", "^a^b", "%1"]),
        Words("operators", ["&", "&&", ";", "|", "<", ">", "()", "a&b"]),
        Words("every character of ASCII", (1...127).map { String(UnicodeScalar(UInt8($0))) }),
        Words("all of ASCII in a word", [String(decoding: 1...127, as: UTF8.self)]),
        Words("a word of 64 KiB", [String(repeating: "0123456789 abcde", count: 4_096)]),
    ]

    @Test("arguments arrive exactly", arguments: LoginShell.installed, samples)
    func arrive(_ shell: LoginShell, _ sample: Words) async throws {
        let place = try Place()
        defer { place.remove() }
        let line = ShellCommand.line([try place.program("show")] + sample.words, marker: "mark:1")
        let output = try await shell.run(line, home: place.path)
        #expect(output.text == "mark:1\n" + sample.words.map { "<\($0)>\0" }.joined(), "\(output.errors)")
        // The program's own code, through every shell on the way.
        #expect(output.code == 7)
    }

    @Test("a program whose path is odd is found", arguments: LoginShell.installed)
    func program(_ shell: LoginShell) async throws {
        let place = try Place()
        defer { place.remove() }
        for name in ["two words", "$HOME `id`", "it's \\odd!", "ünï"] {
            let line = ShellCommand.line([try place.program(name), "word"], marker: "mark:2")
            let output = try await shell.run(line, home: place.path)
            #expect(output.text == "mark:2\n<word>\0", "\(name): \(output.errors)")
        }
    }

    @Test("shells that are not installed are told") func gaps() {
        print("shell command lines: not installed here: \(LoginShell.missing.joined(separator: ", "))")
    }

    /// A directory with programs that print their arguments, each between brackets and ended by NUL, and exit with 7.
    private struct Place {
        let path: String

        init() throws { path = try PrivateDirectory.make("shell") }

        func program(_ name: String) throws -> String {
            let file = "\(path)/\(name)"
            let text = "#!/bin/sh\nfor word; do printf '<%s>\\0' \"$word\"; done\nexit 7\n"
            try text.write(toFile: file, atomically: false, encoding: .utf8)
            chmod(file, 0o700)
            return file
        }

        func remove() { try? FileManager.default.removeItem(atPath: path) }
    }
}
