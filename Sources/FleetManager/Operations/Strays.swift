import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Logging
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Attempts that run on this machine and are not open in the ledger: their records were damaged or removed, or they
/// were given up as lost.
struct Strays {
    let context: ManagerContext

    /// Ends them, verified.
    ///
    /// A lease is in the ledger before anything is started: what is not there when the machine has answered belongs to
    /// nobody.
    ///
    /// - Parameters:
    ///   - run: the one run whose they are; nil for all.
    ///   - mode: how.
    /// - Returns: what came of each that still ran.
    /// - Throws: ``HostError`` where this machine cannot be asked for them.
    func end(of run: RunID?, mode: FleetCore.EndMode) async throws -> [Event.EndConfirmed] {
        guard Self.mayRun(in: context.workspace) else { return [] }
        let description = HostDescription(
            name: "local",
            reach: .local(supervisor: context.supervisorPath, state: context.workspace.localState),
            environment: LocalEnvironment.values(allowlist: [], from: context.environment)
        )
        let host = context.makeHost(description, MultiThreadedEventLoopGroup.singleton.next()) { _ in }
        do {
            let confirmations = try await end(of: run, mode, on: host)
            await host.close()
            return confirmations
        } catch {
            await host.close()
            throw error
        }
    }

    /// Whether the supervisor of this machine still has a record of an attempt.
    static func mayRun(in workspace: Workspace) -> Bool {
        names(in: workspace.localState)
            .contains { run in
                names(in: "\(workspace.localState)/\(run)").contains { $0.hasSuffix(".rec") }
            }
    }

    private func end(
        of run: RunID?,
        _ mode: FleetCore.EndMode,
        on host: any HostAdapter
    ) async throws -> [Event.EndConfirmed] {
        let running = try await host.status(of: []).filter { $0.state == .running || $0.state == .unsupervised }
        guard !running.isEmpty else { return [] }
        let workspace = context.workspace
        let known = try await context.runtime.blocking {
            Set(try Ledger(opening: workspace).state.liveRuns.flatMap(\.openKeys))
        }
        let strays = running.map(\.key).filter { !known.contains($0) && (run == nil || $0.run == run?.rawValue) }
        guard !strays.isEmpty else { return [] }
        context.logger.warning(
            "attempts run here that the ledger does not know of",
            metadata: ["count": "\(strays.count)"]
        )
        let log = AdapterLog(path: workspace.localHostLog, now: context.now)
        return await withTaskGroup(of: Event.EndConfirmed?.self) { group in
            for key in strays { group.addTask { await Self.end(key, mode, on: host, log) } }
            return await group.reduce(into: []) { all, one in if let one { all.append(one) } }
        }
    }

    private static func end(
        _ key: AttemptKey,
        _ mode: FleetCore.EndMode,
        on host: any HostAdapter,
        _ log: AdapterLog
    ) async -> Event.EndConfirmed? {
        guard let run = RunID(key.run), let task = TaskID(key.task) else { return nil }
        var event = Event.EndConfirmed(run: run, task: task, attempt: Int(key.attempt), result: .unreachable)
        let result = await Result.of(host: host.name) {
            try await host.end(key, mode: mode == .interrupt ? .interrupt : .stop, grace: 5_000)
        }
        if case .success(let reply) = result {
            event.set(survivors: reply.report.survivors.map(Int.init))
            switch reply.outcome {
            case .stopped: event.result = .stopped
            case .survivors: event.result = .survivors
            // It ended between the question and the order.
            case .alreadyExited, .unknown: return nil
            }
        }
        let detail = "\(key.run)/\(key.task) \(key.attempt), not in the ledger: \(event.result.rawValue)"
        log.write(host: host.name, event: "ended", detail: detail)
        return event
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}

extension RunState {
    /// The keys of its open attempts.
    fileprivate var openKeys: [AttemptKey] {
        openAttempts.map { task, attempt in AttemptKey(run: id, task: task, attempt: attempt) }
    }
}
