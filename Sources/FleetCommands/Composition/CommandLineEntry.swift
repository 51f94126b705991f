import ArgumentParser

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
        let isJSON = arguments.prefix { $0 != "--" }.contains("--json")
        let command: any ParsableCommand
        do {
            command = try CodewhaleCommand.parseAsRoot(arguments)
        } catch {
            return report(parsing: error, console: console, isJSON: isJSON)
        }
        do {
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
        } catch  where CodewhaleCommand.exitCode(for: error) == .success || error is ValidationError {
            return report(parsing: error, console: console, isJSON: isJSON)
        } catch {
            return report(CommandError(wrapping: error), console: console, isJSON: isJSON)
        }
    }

    /// Help that was asked for is data; what cannot be parsed is an error.
    private static func report(parsing error: any Error, console: Console, isJSON: Bool) -> Int32 {
        let code = CodewhaleCommand.exitCode(for: error)
        let text = CodewhaleCommand.fullMessage(for: error)
        if code == .success {
            console.write(text + "\n")
        } else if isJSON {
            console.write(ErrorReport.json(CommandError(.usage, CodewhaleCommand.message(for: error))))
        } else {
            let prefix = "Error: "
            console.note(
                "error: " + TerminalText.block(text.dropFirst(text.hasPrefix(prefix) ? prefix.count : 0)) + "\n"
            )
        }
        return code.rawValue
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
