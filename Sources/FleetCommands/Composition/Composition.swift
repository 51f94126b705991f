import FleetLedger
import FleetManager
import Logging

/// Puts the program together: the one place that knows which parts there are.
enum Composition {
    /// What a manager works with, for this process.
    ///
    /// - Throws: `configuration` where the supervisor is missing.
    static func managerContext(_ workspace: Workspace, options: FleetOptions) throws(CommandError) -> ManagerContext {
        let executable = System.executable
        return ManagerContext(
            workspace: workspace,
            supervisorPath: try SupervisorLookup.find(beside: executable),
            workerProgram: executable ?? "codewhale",
            environment: System.environment,
            logger: logger(options.logLevel)
        )
    }

    /// A logger that writes to standard error.
    static func logger(_ level: LogLevel) -> Logger {
        var logger = Logger(label: "codewhale") { _ in ConsoleLogHandler() }
        logger.logLevel = level.level
        return logger
    }
}
