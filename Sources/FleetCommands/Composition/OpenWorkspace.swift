import FleetCore
import FleetLedger
import FleetManager

/// A workspace with its ledger read, for the verbs that look at it.
struct OpenWorkspace {
    /// The workspace.
    let place: Workspace
    /// Its ledger.
    let ledger: Ledger
    private let console: Console
    /// The runs of whose archives it was warned.
    private let warned = WarnedRuns()

    /// Opens the workspace of the options, and warns of damage in its ledger.
    ///
    /// - Throws: `noWorkspace` where there is none, `workspace` where it cannot be read.
    init(_ options: FleetOptions, console: Console) throws(CommandError) {
        self.console = console
        place = try options.workspacePlace()
        guard place.isInitialized else {
            throw CommandError(
                .noWorkspace,
                "there is no workspace in \(place.root)",
                hint: "make one with: codewhale fleet init"
            )
        }
        do {
            ledger = try Ledger(opening: place)
        } catch {
            throw CommandError(error)
        }
        for damage in ledger.damage.prefix(Self.shownDamage) {
            console.note("warning: \(TerminalText.line("\(place.ledger): \(damage)"))\n")
        }
        if ledger.damageCount > Self.shownDamage {
            let more = ledger.damageCount - Self.shownDamage
            console.note("warning: … and \(Wording.count(more, "more damaged place"))\n")
        }
        if let damage = ledger.tornTail() {
            console.note("warning: \(TerminalText.line("\(place.ledger): \(damage)"))\n")
        }
        ledger.writeSnapshotAsReader()
    }

    /// The state that the ledger tells.
    var state: WorkspaceState { ledger.state }

    /// When the ledger was last written.
    var lastChange: Timestamp? { try? System.status(place.ledger).modified }

    /// What is known of hosts and workers beside the ledger.
    var health: FleetHealth {
        var health = HealthFile(place, now: { System.now }).read()
        // The connections of a manager that was killed are gone with it.
        for key in health.hosts.keys { health.hosts[key]?.pool?.forget { managerPID($0) == nil } }
        return health
    }

    /// The process that drives a run; nil where nobody does.
    func managerPID(_ run: RunID) -> Int? { (try? RunLock.holder(place.managerLock(run))) ?? nil }

    /// A run in full; warns of what its archive has lost.
    func run(_ id: RunID) throws(CommandError) -> RunState {
        do {
            var damage: [ArchiveDamage] = []
            let run = try ledger.loadRun(id) { damage.append($0) }
            warn(of: damage, in: id)
            if let run { return run }
        } catch {
            throw CommandError(error)
        }
        throw Self.noRun(id.rawValue, in: state)
    }

    private func warn(of damage: [ArchiveDamage], in run: RunID) {
        guard !damage.isEmpty, warned.runs.insert(run).inserted else { return }
        for each in damage.prefix(Self.shownDamage) {
            console.note("warning: \(TerminalText.line(each.description))\n")
        }
        if damage.count > Self.shownDamage {
            console.note("warning: … and \(Wording.count(damage.count - Self.shownDamage, "more damaged place"))\n")
        }
        // What the ledger says of the end is told in any case.
        if let last = damage.dropFirst(Self.shownDamage).last, case .differs = last.kind {
            console.note("warning: \(TerminalText.line(last.description))\n")
        }
    }

    private static let shownDamage = 10
}

/// The runs of whose archives somebody was warned.
private final class WarnedRuns {
    var runs: Set<RunID> = []
}

extension OpenWorkspace {
    /// What the user may name.
    enum Target: Equatable {
        /// A run.
        case run(RunID)
        /// A task of a run.
        case task(RunID, TaskID)
        /// A worker.
        case worker(WorkerID)
    }

    /// The kinds of target that a verb takes.
    struct Kinds: OptionSet {
        let rawValue: Int
        static let run = Kinds(rawValue: 1)
        static let task = Kinds(rawValue: 2)
        static let worker = Kinds(rawValue: 4)
    }

    /// What a text names: `RUN/TASK`, a run, or a worker, in this order.
    ///
    /// - Throws: `noRun`, `noTask` or `noWorker`, with the nearest name that there is.
    func target(_ text: String, _ kinds: Kinds) throws(CommandError) -> Target {
        if kinds.contains(.task), let slash = text.firstIndex(of: "/") {
            let run = try runID(String(text[..<slash]))
            return .task(run, try taskID(String(text[text.index(after: slash)...]), of: run))
        }
        if kinds.contains(.run), let id = RunID(text), state.contains(id) { return .run(id) }
        if kinds.contains(.worker), let id = WorkerID(text), state.latest(of: id) != nil { return .worker(id) }
        throw missing(text, kinds)
    }

    /// The run of an id.
    func runID(_ text: String) throws(CommandError) -> RunID {
        guard let id = RunID(text), state.contains(id) else { throw Self.noRun(text, in: state) }
        return id
    }

    private func taskID(_ text: String, of run: RunID) throws(CommandError) -> TaskID {
        let state = try self.run(run)
        if let id = TaskID(text), state.task(id) != nil { return id }
        throw CommandError(
            .noTask,
            "run \(run) has no task \(text)",
            hint: NearestName.hint(text, in: state.tasks.lazy.map(\.id.rawValue))
                ?? "codewhale fleet status \(run) lists its tasks"
        )
    }

    private func missing(_ text: String, _ kinds: Kinds) -> CommandError {
        guard kinds.contains(.worker) else { return Self.noRun(text, in: state) }
        if let run = RunID(text), state.contains(run) {
            return CommandError(
                .noWorker,
                "\(run) is a run, not a \(kinds.contains(.task) ? "task or a worker" : "worker")",
                hint: kinds.contains(.task)
                    ? "name one of its tasks, as \(run)/TASK; codewhale fleet status \(run) lists them"
                    : "codewhale fleet status \(run) lists its workers"
            )
        }
        let workers = Set(state.summaries.flatMap { $0.workers.map(\.definition.id.rawValue) })
        let runs = kinds.contains(.run) ? state.runIDs.reversed().map(\.rawValue) : []
        let expected = kinds.contains(.run) ? "run or worker" : "worker"
        return CommandError(
            .noWorker,
            "there is no \(expected) \(text)",
            hint: NearestName.hint(text, in: workers.sorted() + runs)
                ?? (kinds.contains(.task) ? "a task is named RUN/TASK; " : "")
                + "codewhale fleet status lists the runs and workers"
        )
    }

    private static func noRun(_ text: String, in state: WorkspaceState) -> CommandError {
        CommandError(
            .noRun,
            "there is no run \(text)",
            hint: NearestName.hint(text, in: state.runIDs.reversed().lazy.map(\.rawValue))
                ?? "codewhale fleet runs lists the runs"
        )
    }
}
