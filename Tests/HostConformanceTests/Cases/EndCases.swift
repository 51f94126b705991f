import FleetHost
import FleetWire
import Foundation
import TestServers
import TestSupport
import Testing

/// H7, H8, H9: ends reach the whole tree, and are verified.
extension HostCase {
    static let endCases: [HostCase] = [
        HostCase("H7", "interrupt: INT is enough for who obeys") { site in
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell("trap 'echo told; exit 5' INT; until echo > ready; do :; done; read line < hold")
            try site.makePipe("hold")
            try site.makePipe("ready")
            _ = try await host.start(request)
            try await drained(site.workFile("ready"))
            let reply = try await host.interrupt(request.key)
            #expect(reply.outcome == .stopped)
            #expect(reply.report.exit == .code(5) && reply.report.cause == .interrupt)
            #expect(lines(try await site.log(of: request.key, on: host)).contains("told"))
        },
        HostCase("H7", "interrupt: INT, TERM and KILL in turn, a grace each") { site in
            let host = site.open()
            let request = site.shell(
                "trap 'echo int' INT; trap 'echo term' TERM; until echo > ready; do :; done; while :; do sleep 0.05; done"
            )
            try site.makePipe("ready")
            _ = try await host.start(request)
            try await drained(site.workFile("ready"))
            let reply = try await host.interrupt(request.key, grace: 400)
            #expect(reply.outcome == .stopped && reply.report.exit == .signal(9))
            #expect(lines(try await site.log(of: request.key, on: host)).contains("int"))
            #expect(lines(try await site.log(of: request.key, on: host)).contains("term"))
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H7.tree", "a child that ignores INT and TERM, one in another group, one in another session") { site in
            try site.allowBackground()
            let host = site.open()
            let tree = """
                trap '' INT TERM
                sleep 1001 &
                (set -m; sleep 1002 & exec sleep 1003) &
                setsid sleep 1004 &
                setsid sh -c 'setsid sleep 1005 & trap "" TERM INT; sleep 1006' &
                until echo > ready; do :; done
                wait
                """
            let request = site.shell(tree)
            try site.makePipe("ready")
            _ = try await host.start(request)
            try await drained(site.workFile("ready"))
            #expect(site.processes(of: request.key).count >= 4)
            let reply = try await host.interrupt(request.key, grace: 200)
            #expect(reply.outcome == .stopped && reply.report.survivors == [])
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H7.chain", "a fork chain that outruns a single pass") { site in
            try site.allowBackground()
            let host = site.open()
            // Each link leaves its session and its parent at once and for ever, so that every look comes too late for it.
            let chain = """
                cat > link <<'END'
                trap '' INT TERM
                setsid sh ./link &
                END
                sh ./link & sh ./link & sh ./link &
                until echo > ready; do :; done
                exec sleep 1000
                """
            let request = site.shell(chain)
            try site.makePipe("ready")
            _ = try await host.start(request)
            try await drained(site.workFile("ready"))
            let reply = try await host.stop(request.key, grace: 50)
            #expect(reply.outcome == .stopped)
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H7.survivors", "what another account owns cannot be ended, and is named") { site in
            try await survivors(site)
        },
        HostCase("H8", "stop begins with TERM; what has ended says already_exited") { site in
            let host = site.open()
            let request = site.shell(
                "trap 'echo int' INT; trap 'echo term; exit 3' TERM; until echo > ready; do :; done; read line < hold"
            )
            try site.makePipe("hold")
            try site.makePipe("ready")
            _ = try await host.start(request)
            try await drained(site.workFile("ready"))
            let reply = try await host.stop(request.key)
            #expect(reply.outcome == .stopped && reply.report.exit == .code(3) && reply.report.cause == .stop)
            let log = lines(try await site.log(of: request.key, on: host))
            #expect(log.contains("term") && !log.contains("int"))
            let again = try await host.stop(request.key)
            #expect(again.outcome == .alreadyExited && again.report.exit == .code(3))
            #expect(try await host.stop(site.key("never")).outcome == .unknown)
        },
        HostCase("H8", "a stop from another channel reaches what this one started; two at once agree") { site in
            let host = site.open()
            let other = site.open()
            let request = site.shell("exec sleep 1000")
            _ = try await host.start(request)
            async let one = host.stop(request.key, grace: 1_000)
            async let two = other.interrupt(request.key, grace: 1_000)
            let outcomes = try await [one.outcome, two.outcome]
            #expect(outcomes.contains(.stopped))
            #expect(outcomes.allSatisfy { $0 == .stopped || $0 == .alreadyExited })
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H8", "a stop that comes before the program runs still ends it") { site in
            let host = site.open()
            let request = site.shell("exec sleep 1000")
            async let started = try? host.start(request)
            let reply = try await host.stop(request.key, grace: 500)
            _ = await started
            // Either it was not known yet, or it is ended.
            if reply.outcome == .unknown {
                #expect(try await host.stop(request.key, grace: 500).outcome == .stopped)
            } else {
                #expect(reply.outcome == .stopped)
            }
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H9", "restart: the next attempt starts when the one before is gone, never both at once") { site in
            let notices = Notices()
            let host = site.open(notices)
            let text =
                "trap 'sleep 0.3; echo end $1 >> order; exit' TERM; echo start $1 >> order; until echo > ready$1; do :; done; read l < hold"
            for name in ["hold", "ready1", "ready2"] { try site.makePipe(name) }
            let first = site.start(["/bin/sh", "-c", text, "sh", "1"], as: site.key("task", attempt: 1))
            let second = site.start(["/bin/sh", "-c", text, "sh", "2"], as: site.key("task", attempt: 2))
            _ = try await host.start(first)
            try await drained(site.workFile("ready1"))
            let report = try await host.restart(first.key, as: second)
            #expect(report.state == .running && report.key == second.key)
            try await drained(site.workFile("ready2"))
            let order = try String(contentsOfFile: site.workFile("order"), encoding: .utf8)
            #expect(order == "start 1\nend 1\nstart 2\n")
            try await release(site.workFile("hold"))
            try await notices.wait(for: second.key)
        },
    ]

    /// The supervisor runs as another account than a process of the attempt's, which `setpriv` with the set-user-ID
    /// bit gave away.
    @Sendable private static func survivors(_ site: Site) async throws {
        let helper = site.workFile("become-root")
        try FileManager.default.copyItem(atPath: site.outside("/usr/bin/setpriv"), toPath: helper)
        chmod(helper, 0o4755)
        let host = try site.remote == nil ? unprivileged(site) : site.open()
        let request = site.shell(
            "./become-root --reuid 0 --clear-groups sleep 1000 & until echo > ready; do :; done; exec sleep 1001"
        )
        try site.makePipe("ready")
        chmod(site.workFile("ready"), 0o666)
        _ = try await host.start(request)
        try await drained(site.workFile("ready"))
        func isRoot(_ pid: Int32) -> Bool {
            let status = FileManager.default.contents(atPath: "/proc/\(pid)/status") ?? Data()
            return String(decoding: status, as: UTF8.self).contains("\nUid:\t0\t0\t0\t")
        }
        func foreign() -> [Int32] {
            HostProcess.all()
                .filter { $0.command == "sleep 1000" && $0.belongs(to: request.key) && isRoot($0.pid) }
                .map(\.pid)
        }
        while foreign().isEmpty { await Task.yield() }
        let pids = foreign()
        site.onEnd { for pid in pids { kill(pid, SIGKILL) } }
        let reply = try await host.stop(request.key, grace: 100)
        #expect(reply.outcome == .survivors)
        #expect(reply.report.survivors.map(site.hostPID) == pids)
        #expect(reply.reason?.contains("belongs to account 0") ?? false)
        for pid in pids { kill(pid, SIGKILL) }
        while pids.contains(where: HostProcess.isAlive) { await Task.yield() }
    }

    /// A supervisor of this machine that runs as an account of little power.
    private static func unprivileged(_ site: Site) throws -> SupervisedHost {
        let account: UInt32 = 65_534
        // The account needs its way in, a copy of the supervisor, and directories of its own.
        let base = (site.work as NSString).deletingLastPathComponent
        let supervisor = "\(base)/supervisor"
        try FileManager.default.copyItem(atPath: BuiltProducts.supervisor, toPath: supervisor)
        for path in [base, site.work, supervisor] { chmod(path, 0o755) }
        let state = "\(base)/other-state"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        for path in [state, site.work] { chown(path, account, account) }
        chmod(state, 0o700)
        return site.open(
            state: state,
            command: [
                "/usr/bin/setpriv", "--reuid", "\(account)", "--regid", "\(account)", "--clear-groups", supervisor,
            ]
        )
    }
}
