import FleetCore
import FleetLedger
import FleetManager

/// Makes a run and leaves it to a manager of its own, which is this executable again, in a session of its own: it goes
/// on when the user logs out.
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
        var json: JSONObject {
            .answer(
                "run",
                [
                    "run_id": .string(run.rawValue), "detached": .bool(true),
                    "manager": .object(["pid": .int(Int64(pid)), "alive": .bool(true)]), "log": .string(log),
                ]
            )
        }
    }

    /// How often it is looked whether the new manager has died before it began; its beginning wakes sooner.
    static let look = Duration.milliseconds(200)

    let plan: RunPlan
    let context: ManagerContext
    let options: FleetOptions

    /// Returns when the run is in the ledger, and the manager has begun.
    ///
    /// - Throws: what making the run throws; `system` where the manager does not begin.
    func run() async throws -> Detached {
        let manager = try await RunManager.create(spec: plan.spec, options: plan.options, context: context)
        let run = manager.runID
        await manager.release()
        let log = context.workspace.run(run) + "/manager.log"
        let child = try start(arguments(run), log: log, run: run)
        try await waitForBegin(of: run, by: child, log: log)
        return Detached(run: run, pid: Int(child.pid), log: log)
    }

    private func arguments(_ run: RunID) throws(CommandError) -> [String] {
        guard let executable = System.executable else {
            throw CommandError(.configuration, "the place of this executable is not known")
        }
        return [
            executable, "fleet", "drive", "--workspace", context.workspace.root, "--log-level",
            options.logLevel.rawValue, "--poll-interval", "\(context.pollSeconds)",
        ] + (plan.options.failFast ? ["--fail-fast"] : []) + ["--", run.rawValue]
    }

    private func start(_ arguments: [String], log: String, run: RunID) throws(CommandError) -> ChildProcess {
        do {
            let file = try System.create(log)
            defer { System.close(file) }
            return try ChildProcess(arguments, output: .file(file), asSession: true)
        } catch {
            throw CommandError(
                .system,
                "run \(run) was made, but no manager could be started for it: \(error.text)",
                hint: "end it with: codewhale fleet stop \(run)"
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
                    "run \(run) was made, but its manager ended before it began: \(Wording.exit(child.reap()))",
                    hint: "see \(log); end the run with: codewhale fleet stop \(run)"
                )
            }
            await changes.next(within: Self.look)
        }
    }
}
