import ArgumentParser
import FleetCore

/// `codewhale exec`: the worker program of tasks with instructions.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run the configured agent on a prompt.",
        discussion: """
            The agent is any command-line program. The first of these that names one counts:
              1. CODEWHALE_AGENT: a JSON array, or words between blanks (without quotes)
              2. [agent] command in .codewhale/config.toml, here or in the nearest directory above
              3. [agent] command in $XDG_CONFIG_HOME/codewhale/config.toml (~/.config/codewhale/config.toml)
            {prompt} in an argument stands for the prompt; without it, the prompt is added as the last argument.

            Every line of its output becomes an event, a line of JSON. The exit code is the agent's, 128 + n where \
            signal n ended it, and 78 where no agent is configured or its program is missing.

            Example:
              CODEWHALE_AGENT='["echo", "{prompt}"]' codewhale exec "Say hello."
            """
    )

    /// What the output looks like.
    enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
        case streamJSON = "stream-json"
        case text
    }

    @Option(help: "stream-json: an event per line; text: the agent's own output.")
    var outputFormat = OutputFormat.streamJSON

    @Argument(help: "What the agent is to do; - reads it from standard input.")
    var prompt: String

    func run() async throws {
        let console = Console.current
        console.onClosedOutput(.discard)
        let code = await Self.run(
            prompt: prompt,
            format: outputFormat,
            configuration: .ofProcess(),
            console: console
        )
        if code != 0 { throw ExitCode(code) }
    }

    /// Runs the agent, and returns the exit code; what went wrong before is told in the format asked for.
    static func run(
        prompt: String,
        format: OutputFormat,
        configuration: AgentConfiguration,
        console: Console
    ) async -> Int32 {
        do {
            let agent = try configuration.agent()
            let arguments = agent.arguments(prompt: try text(of: prompt))
            let run = try await AgentRun(
                arguments,
                source: agent.source,
                isStreaming: format == .streamJSON,
                console: console
            )
            return AgentRun.exitCode(await run.run())
        } catch {
            switch format {
            case .streamJSON: console.write(ExecEvent.failed(error).json)
            case .text: console.note(ErrorReport.text(error))
            }
            return error.exit.rawValue
        }
    }

    /// The most bytes of one argument that Linux takes (`execve(2)`: MAX_ARG_STRLEN, with the final NUL).
    private static let promptLimit = (128 << 10) - 1

    private static func text(of prompt: String) throws(CommandError) -> String {
        guard prompt == "-" else { return prompt }
        let bytes: [UInt8]
        do {
            bytes = try System.readAll(0, limit: promptLimit)
        } catch {
            throw CommandError(.usage, "the prompt cannot be read from standard input: \(error.text)")
        }
        guard bytes.count <= promptLimit else {
            throw CommandError(.usage, "the prompt on standard input has more than \(promptLimit) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw CommandError(.usage, "the prompt on standard input is not text in UTF-8")
        }
        return text
    }
}
