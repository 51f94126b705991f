import Foundation
import TestServers
import TestSupport
import Testing

/// A run whose managers are killed again and again until it has ended all the same.
struct Torture {
    /// How a manager is to die by its own hand.
    enum Death: String, CaseIterable {
        /// Before a write to the ledger.
        case before
        /// When half of it is written.
        case half
        /// When all of it is written, and not yet synced.
        case after
    }

    /// What one manager is to live through.
    struct Life {
        /// At which of its writes to the ledger it dies.
        var death: (write: Int, Death)?
        /// After how many seconds it is killed.
        var seconds: Double?
        /// After how many seconds the disk under `.codewhale` fills up, and for how many it stays so.
        var fullDisk: (after: Double, seconds: Double)?
    }

    let bench: Bench
    let hosts: [TortureHost]
    /// After how many seconds of silence its attempts are given up.
    let lostAfter: Double
    /// How many managers were killed, died at a write, and took the run up again.
    private(set) var kills = 0
    private(set) var deaths = 0
    private(set) var resumes = 0
    private(set) var fullDisks = 0
    /// The run, once it is in the ledger.
    private(set) var run: String?

    init(_ bench: Bench, _ hosts: [TortureHost], lostAfter: Double = 300) {
        self.bench = bench
        self.hosts = hosts
        self.lostAfter = lostAfter
    }

    /// Lets a manager drive the run, from its beginning or from where the last one left it.
    ///
    /// - Returns: its exit code; nil where it was killed or died.
    mutating func live(_ life: Life) async throws -> Int32? {
        var words = ["fleet", "run", "spec.json", "--json"]
        if let run {
            words = ["fleet", "resume", run, "--json"]
            resumes += 1
        }
        var bench = bench
        if let death = life.death {
            bench.variables["CODEWHALE_DIE_AT_WRITE"] = "\(death.write).\(death.1.rawValue)"
        }
        // One that is full from the beginning is so before the manager's first write.
        let filler = life.fullDisk?.after == 0 ? try Self.fill(bench) : nil
        var plan = try bench.plan(words)
        plan.output = bench.path("manager.out")
        plan.errors = bench.path("manager.err")
        let manager = try ChildProcess(plan)
        let seconds = life.seconds
        let alarm = Task {
            guard let seconds, (try? await Task.sleep(for: .seconds(seconds))) != nil else { return }
            manager.signal(SIGKILL)
        }
        let guardian = Task {
            // Nothing here takes that long.
            guard (try? await Task.sleep(for: .seconds(120))) != nil else { return }
            manager.signal(SIGABRT)
        }
        let filling = Task { [bench] in
            guard let full = life.fullDisk, (try? await Task.sleep(for: .seconds(full.after))) != nil else { return }
            let filler = try filler ?? Self.fill(bench)
            defer { unlink(filler) }
            try? await Task.sleep(for: .seconds(full.seconds))
        }
        let end = await manager.finish()
        filling.cancel()
        try await filling.value
        alarm.cancel()
        guardian.cancel()
        if life.fullDisk != nil { fullDisks += 1 }
        if run == nil { run = try await find() }
        if case .exited(let code) = end { return code }
        guard end == .killed(signal: SIGKILL) else {
            throw Command.Failure("the manager did not come to an end: \(said())")
        }
        if life.seconds == nil { deaths += 1 } else { kills += 1 }
        return nil
    }

    /// What the last manager said.
    func said() -> String {
        ["manager.out", "manager.err"].map { (try? String(contentsOfFile: bench.path($0), encoding: .utf8)) ?? "" }
            .map { $0.suffix(2_000) }.joined()
    }

    /// Every difference between what the ledger says and what the tasks did, and what is left of them.
    func differences(of tasks: [String]) throws -> [String] {
        guard let run else { return ["there is no run"] }
        let ledger = try ledger(of: run)
        let left = HostProcess.all().filter { $0.variables.contains("CODEWHALE_RUN_ID=\(run)") }
        return ledger.differences(from: hosts.flatMap { $0.lives() }, of: tasks, lostAfter: lostAfter)
            + (ledger.status == "completed" ? [] : ["the run is \(ledger.status ?? "not at its end")"])
            + left.map { "left: \($0.pid) \($0.command)" }
    }

    /// How many attempts were given up because nothing was heard of them.
    func silences() throws -> Int { try run.map { try ledger(of: $0).silences } ?? 0 }

    private func ledger(of run: String) throws -> TortureLedger {
        try TortureLedger(bench.path(".codewhale/fleet.jsonl"), run: run)
    }

    /// Looks for logs that are not what the tasks wrote, and of which nobody is told so.
    func damagedLogs(of tasks: [String], lines: Int) async throws -> [String] {
        var damaged: [String] = []
        for task in tasks {
            let log = try await bench.run("fleet", "logs", "\(run ?? "")/\(task)").output
            guard log != TortureHost.log(lines: lines) else { continue }
            // A full disk costs a log what did not fit, which counts as dropped.
            let told = try await bench.run("fleet", "inspect", "\(run ?? "")/\(task)", "--json").json["task"]
            let last = ((told as? [String: Any])?["attempts"] as? [[String: Any]])?.last?["log"] as? [String: Any]
            if fullDisks == 0 || last?["dropped"] as? Int ?? 0 == 0 {
                damaged.append("the log of \(task): \(log.suffix(60))")
            }
        }
        return damaged
    }

    private func find() async throws -> String? {
        let runs = try await bench.run("fleet", "runs", "--json").json["runs"] as? [[String: Any]]
        return runs?.first?["run_id"] as? String
    }

    /// Fills the disk that `.codewhale` is on, and gives the file to be removed.
    private static func fill(_ bench: Bench) throws -> String {
        let path = bench.path(".codewhale/filler")
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Command.Failure("the disk cannot be filled") }
        defer { close(file) }
        for size in [1 << 20, 1 << 12, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) == size {}
        }
        return path
    }
}
