import FleetCore
import FleetLedger
import FleetManager

/// Leaves a run to a manager of its own, which is this executable again, in a session of its own: it goes on when the
/// user logs out.
struct Detaching {
    /// A run that is driven by another process.
    struct Detached {
        /// The run.
        let run: RunID
        /// The process.
        let pid: Int
        /// The file of what it says.
        let log: String

        /// For programs.
        func json(_ verb: String) -> JSONObject {
            .answer(
                verb,
                [
                    "run_id": .string(run.rawValue), "detached": .bool(true),
                    "manager": .object(["pid": .int(Int64(pid)), "alive": .bool(true)]), "log": .string(log),
                ]
            )
        }
    }

    /// How often it is looked whether the new manager has died before it began; its beginning wakes sooner.
    static let look = Duration.milliseconds(200)

    let context: ManagerContext
    let options: FleetOptions
    /// What the manager is told of how to drive it, beyond what the run says.
    var arguments: [String] = []

    /// Makes a run; returns when it is in the ledger, and its manager has begun.
    ///
    /// - Throws: what making the run throws; `system` where the manager does not begin.
    func run(_ plan: RunPlan) async throws -> Detached {
        try await leave(try await RunManager.create(spec: plan.spec, options: plan.options, context: context))
    }

    /// Leaves a run that this process could drive to another one; returns when that has begun.
    ///
    /// - Throws: `system` where it does not begin.
    func leave(_ manager: RunManager) async throws -> Detached {
        let run = manager.runID
        await manager.release()
        let log = context.workspace.run(run) + "/manager.log"
        let child = try start(try words(run), log: log, run: run)
        try await waitForBegin(of: run, by: child, log: log)
        return Detached(run: run, pid: Int(child.pid), log: log)
    }

    private func words(_ run: RunID) throws(CommandError) -> [String] {
        guard let executable = System.executable else {
            throw CommandError(.configuration, "the place of this executable is not known")
        }
        return [
            executable, "fleet", "drive", "--workspace", context.workspace.root, "--log-level",
            options.logLevel.rawValue, "--poll-interval", "\(context.pollSeconds)",
        ] + arguments + ["--", run.rawValue]
    }

    private func start(_ arguments: [String], log: String, run: RunID) throws(CommandError) -> ChildProcess {
        do {
            let file = try System.append(log)
            defer { System.close(file) }
            return try ChildProcess(arguments, output: .file(file), asSession: true)
        } catch {
            throw CommandError(
                .system,
                "no manager could be started for run \(run): \(error.text)",
                hint: Self.remedy(run)
            )
        }
    }

    private func waitForBegin(of run: RunID, by child: ChildProcess, log: String) async throws {
        let changes = try LedgerChanges(context.workspace)
        let ledger = try Ledger(opening: context.workspace)
        while true {
            let hasEnded = child.hasEnded
            try ledger.refresh()
            if try ledger.loadRun(run)?.managerPID == Int(child.pid) { return }
            if hasEnded {
                throw CommandError(
                    .system,
                    "the manager of run \(run) ended before it began: \(Wording.exit(child.reap()))",
                    hint: "see \(log); \(Self.remedy(run))"
                )
            }
            await changes.next(within: Self.look)
        }
    }

    private static func remedy(_ run: RunID) -> String {
        "codewhale fleet resume \(run) drives it, codewhale fleet stop \(run) ends it"
    }
}
