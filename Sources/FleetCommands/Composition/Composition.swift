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
            workspace: onItsDisk(workspace),
            supervisorPath: try SupervisorLookup.find(beside: executable),
            workerProgram: executable ?? "codewhale",
            environment: System.environment,
            logger: logger(options.logLevel)
        )
    }

    /// The workspace, on the disk that it is to be on.
    private static func onItsDisk(_ workspace: Workspace) -> Workspace {
        #if DEBUG
        if let disk = DyingDisk(environment: System.environment) { return Workspace(root: workspace.root, disk: disk) }
        #endif
        return workspace
    }

    /// A logger that writes to standard error.
    static func logger(_ level: LogLevel) -> Logger {
        var logger = Logger(label: "codewhale") { _ in ConsoleLogHandler() }
        logger.logLevel = level.level
        return logger
    }
}
