import ArgumentParser
import FleetCore

/// Runs a command line to its exit code: errors are told here, and nowhere else.
public enum CommandLineEntry {
    /// Runs this process's command line, and ends the process.
    @MainActor
    public static func main() async -> Never {
        System.ignoreBrokenPipes()
        let console = Console()
        let code = await run(Array(CommandLine.arguments.dropFirst()), console: console)
        System.exit(status: code)
    }

    /// Runs a command line, and returns the exit code.
    @MainActor
    static func run(_ arguments: [String], console: Console) async -> Int32 {
        await Console.$current.withValue(console) { await run(arguments) }
    }

    @MainActor
    private static func run(_ arguments: [String]) async -> Int32 {
        let console = Console.current
        let isJSON = arguments.prefix { $0 != "--" }.contains("--json")
        do {
            let command = try CodewhaleCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
            return CommandExit.success.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch let error as CommandError {
            return report(error, console: console, isJSON: isJSON)
        } catch  where CodewhaleCommand.exitCode(for: error) != .failure {
            // Help, and what cannot be parsed.
            return report(parsing: error, of: arguments, console: console, isJSON: isJSON)
        } catch {
            return report(CommandError(wrapping: error), console: console, isJSON: isJSON)
        }
    }

    /// Help that was asked for is data; what cannot be parsed is an error.
    private static func report(
        parsing error: any Error,
        of arguments: [String],
        console: Console,
        isJSON: Bool
    ) -> Int32 {
        let code = CodewhaleCommand.exitCode(for: error)
        let text = CodewhaleCommand.fullMessage(for: error)
        let hint = verbHint(arguments)
        if code == .success {
            console.write(text + "\n")
        } else if let verb = unknownVerb(arguments)?.word, !text.contains(verb) {
            // The parser blames what stands after the mistyped verb: an option that no such verb has.
            let known = hint ?? "codewhale --help and codewhale fleet --help list the verbs"
            return report(
                CommandError(.usage, "there is no verb \(verb)", hint: known),
                console: console,
                isJSON: isJSON
            )
        } else if isJSON {
            console.write(ErrorReport.json(CommandError(.usage, CodewhaleCommand.message(for: error), hint: hint)))
        } else {
            let prefix = "Error: "
            let message = TerminalText.block(text.dropFirst(text.hasPrefix(prefix) ? prefix.count : 0))
            console.note("error: \(message)\n" + (hint.map { "hint: \($0)\n" } ?? ""))
        }
        return code.rawValue
    }

    /// What may have been meant where the verb is none; nil where it is one.
    static func verbHint(_ arguments: [String]) -> String? {
        unknownVerb(arguments).flatMap { NearestName.hint($0.word, in: $0.known) }
    }

    /// The word that stands where a verb should, and the verbs there are; nil where it is one.
    private static func unknownVerb(_ arguments: [String]) -> (word: String, known: [String])? {
        var known = CodewhaleCommand.configuration.subcommands
        for word in arguments {
            let names = known.compactMap { $0.configuration.commandName }
            guard !word.hasPrefix("-"), !names.isEmpty, word != "help" else { return nil }
            guard let place = names.firstIndex(of: word) else { return (word, names) }
            known = known[place].configuration.subcommands
        }
        return nil
    }

    private static func report(_ error: CommandError, console: Console, isJSON: Bool) -> Int32 {
        if isJSON {
            console.write(ErrorReport.json(error))
        } else {
            console.note(ErrorReport.text(error))
        }
        return error.exit.rawValue
    }
}
