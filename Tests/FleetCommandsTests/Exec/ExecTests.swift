import Testing

@testable import FleetCommands

@Suite("Running an agent", .timeLimit(.minutes(1)))
struct ExecTests {
    private func exec(
        _ template: [String],
        prompt: String = "p",
        format: ExecCommand.OutputFormat = .streamJSON
    ) async throws -> (code: Int32, events: [JSONProbe]) {
        let console = try TestConsole()
        let variable = JSONValue.array(template.map { .string($0) }).text
        let code = await ExecCommand.run(
            prompt: prompt,
            format: format,
            configuration: AgentConfiguration(variableValue: variable, files: []),
            console: console.console
        )
        return (code, try console.lines.map { try JSONProbe($0) })
    }

    @Test("Its output becomes events, between started and finished, and its exit code is ours")
    func events() async throws {
        let (code, events) = try await exec(["sh", "-c", "echo out; echo err >&2; exit 3"])
        #expect(code == 3)
        #expect(events.first?["type"].text == "started")
        #expect((events.first?["pid"].number ?? 0) > 1)
        #expect(events.last?["exit"]["code"].number == 3)
        let output = events.dropFirst().dropLast()
        #expect(
            Set(output.map { "\($0["stream"].text ?? "") \($0["text"].text ?? "")" }) == ["stdout out", "stderr err"]
        )
    }

    @Test("The prompt arrives exactly", arguments: ["a b", "$HOME `x` \"'\\", "-n", "ü\n€", "{prompt}"])
    func prompt(text: String) async throws {
        let (code, events) = try await exec(["printf", "%s", "{prompt}"], prompt: text)
        #expect(code == 0)
        #expect(
            events.filter { $0["type"].text == "output" }.compactMap { $0["text"].text }.joined(separator: "\n") == text
        )
    }

    @Test("128 + n where signal n ended it")
    func signal() async throws {
        let (code, events) = try await exec(["sh", "-c", "kill -9 $$"])
        #expect(code == 137)
        #expect(events.last?["exit"]["signal"].number == 9)
    }

    @Test(
        "A program that is missing, or cannot be run: 78, and where it was configured",
        arguments: ["/nowhere/agent", "/etc/passwd"]
    )
    func missing(program: String) async throws {
        let (code, events) = try await exec([program])
        #expect(code == 78)
        #expect(events.map { $0["type"].text } == ["error"])
        #expect(events[0]["class"].text == "configuration")
        #expect(events[0]["message"].text?.contains(program) == true)
        #expect(events[0]["hint"].text?.contains("CODEWHALE_AGENT") == true)
    }

    @Test("A prompt that no argument can hold: 64")
    func tooLong() async throws {
        let (code, events) = try await exec(["true"], prompt: String(repeating: "x", count: 200_000))
        #expect(code == 64)
        #expect(events[0]["message"].text?.contains("too long") == true)
    }

    @Test("It has no input, and the signals' default actions")
    func surroundings() async throws {
        let (code, events) = try await exec(["sh", "-c", "cat; grep -E 'Sig(Ign|Blk)' /proc/self/status"])
        #expect(code == 0)
        let masks = events.compactMap { $0["text"].text?.split(separator: "\t").last }
        #expect(masks.count == 2)
        // glibc keeps its own two, 32 and 33, ignored in what posix_spawn starts.
        for mask in masks { #expect((UInt64(mask, radix: 16) ?? .max) & ~0x1_8000_0000 == 0) }
    }
}
