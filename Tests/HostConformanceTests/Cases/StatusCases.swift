import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H4 and H5: what a host says of attempts.
extension HostCase {
    static let statusCases: [HostCase] = [
        HostCase("H4", "running, exited with a code, ended by a signal, and unknown are told apart") { site in
            let notices = Notices()
            let host = site.open(notices)
            try site.makePipe("hold")
            let running = site.shell("read line < hold", as: site.key("running"))
            let exited = site.shell("exit 7", as: site.key("exited"))
            let killed = site.shell("kill -SEGV $$", as: site.key("killed"))
            for request in [running, exited, killed] { _ = try await host.start(request) }
            try await notices.wait(for: exited.key)
            try await notices.wait(for: killed.key)
            let keys = [running.key, exited.key, killed.key, site.key("never")]
            let reports = try await host.status(of: keys)
            #expect(reports.map(\.key) == keys)
            #expect(reports.map(\.state) == [.running, .exited, .exited, .unknown])
            #expect(reports.map(\.exit) == [nil, .code(7), .signal(11), nil])
            #expect(reports[0].pid > 0 && HostProcess.isAlive(site.hostPID(reports[0].pid)))
            #expect(reports[1].finishedAt >= reports[1].startedAt && reports[1].startedAt > 0)
            try await release(site.workFile("hold"))
            try await notices.wait(for: running.key)
        },
        HostCase("H4", "one request answers for all attempts of a channel") { site in
            let notices = Notices()
            let host = site.open(notices)
            let requests = (0..<100).map { site.shell("exit \($0 % 50)", as: site.key("t\($0)")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for request in requests { group.addTask { _ = try await host.start(request) } }
                try await group.waitForAll()
            }
            for request in requests { try await notices.wait(for: request.key) }
            let reports = try await host.status(of: [])
            #expect(Set(reports.map(\.key)) == Set(requests.map(\.key)))
            for (number, request) in requests.enumerated() {
                #expect(reports.first { $0.key == request.key }?.exit == .code(UInt8(number % 50)))
            }
            // A later process answers the same from the files.
            let again = try await site.open().status(of: requests.map(\.key))
            #expect(again.map(\.exit) == requests.indices.map { .code(UInt8($0 % 50)) })
        },
        HostCase("H4.push", "changes are pushed, also of attempts that another channel started") { site in
            let watching = Notices()
            let watcher = site.open(watching)
            _ = try await watcher.connect()
            let notices = Notices()
            let host = site.open(notices)
            try site.makePipe("hold")
            let request = site.shell("read line < hold")
            _ = try await host.start(request)
            try await watching.wait(for: request.key, "the start") { $0.state == .running && $0.pid > 0 }
            try await release(site.workFile("hold"))
            let own = try await notices.wait(for: request.key)
            let others = try await watching.wait(for: request.key)
            #expect(own.report.exit == .code(0) && others.report.exit == .code(0))
            // Nobody asked: the only requests on the watching channel were its greeting.
            print("H4.push: the other channel knew \(own.at.duration(to: others.at)) after the first")
        },
        HostCase("H4.unsupervised", "a killed shim leaves an attempt that is ended, and then lost") { site in
            try site.allowBackground()
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell("setsid sleep 1000 & (sleep 1001 &) ; exec sleep 1002")
            let started = try await host.start(request)
            let program = site.hostPID(started.pid)
            let shim = try #require(HostProcess.read(program)).parent
            kill(shim, SIGKILL)
            let lost = try await notices.wait(for: request.key).report
            #expect(lost.state == .lost)
            #expect(lost.exit == nil)
            #expect(!HostProcess.isAlive(program))
            #expect(site.processes(of: request.key) == [])
            #expect(notices.reports(of: request.key).contains { $0.state == .unsupervised })
        },
        HostCase("H4.lost", "an attempt whose shim and channel died is found and ended by the next channel") { site in
            try site.allowBackground()
            let request = site.shell("setsid sleep 1000 & exec sleep 1002")
            let first = site.open()
            let program = site.hostPID(try await first.start(request).pid)
            let shim = try #require(HostProcess.read(program)).parent
            await first.close()
            kill(shim, SIGKILL)
            let notices = Notices()
            let second = site.open(notices)
            let states = try await second.status(of: [request.key]).map(\.state)
            #expect(states == [.unsupervised] || states == [.lost])
            #expect(try await notices.wait(for: request.key).report.state == .lost)
            #expect(site.processes(of: request.key) == [])
            #expect(try await second.status(of: [request.key]).map(\.state) == [.lost])
        },
    ]

    static let identityCases: [HostCase] = [
        HostCase("H5", "what a shim left that died before it wrote down what it had started is found and ended") {
            site in
            try site.allowBackground()
            let request = site.shell("setsid sleep 1000 & exec sleep 1002")
            let first = site.open()
            let program = site.hostPID(try await first.start(request).pid)
            let shim = try #require(HostProcess.read(program)).parent
            await first.close()
            kill(shim, SIGKILL)
            try RecordForgery.eraseLife(
                site.outside("\(site.state)/\(request.key.run)/\(request.key.task).\(request.key.attempt).rec")
            )
            let notices = Notices()
            let second = site.open(notices)
            _ = try await second.status(of: [request.key])
            #expect(try await notices.wait(for: request.key).report.state == .lost)
            #expect(!HostProcess.isAlive(program))
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H5", "a process with the pid of ours, but another start, is never signalled") { site in
            let decoy = try await Decoy.make(site)
            site.onEnd { decoy.end() }
            let first = site.open()
            let request = site.shell("exec sleep 1000")
            let program = site.hostPID(try await first.start(request).pid)
            let shim = try #require(HostProcess.read(program)).parent
            await first.close()
            kill(shim, SIGKILL)
            kill(program, SIGKILL)
            // The record says that its program has the decoy's pid now, as if the number had been used again.
            try site.rewriteLife(of: request.key, pid: decoy.innerPid)
            let notices = Notices()
            let second = site.open(notices)
            _ = try await second.status(of: [request.key])
            #expect(try await notices.wait(for: request.key).report.state == .lost)
            #expect(HostProcess.isAlive(decoy.pid))
            let reply = try await second.stop(request.key, grace: 100)
            #expect(reply.outcome == .alreadyExited)
            #expect(HostProcess.isAlive(decoy.pid))
        },
        HostCase("H5", "a record of another life of the host is lost, and nothing is signalled for it") { site in
            let decoy = try await Decoy.make(site)
            site.onEnd { decoy.end() }
            let first = site.open()
            let request = site.shell("exec sleep 1000")
            let program = site.hostPID(try await first.start(request).pid)
            let shim = try #require(HostProcess.read(program)).parent
            await first.close()
            kill(shim, SIGKILL)
            kill(program, SIGKILL)
            try site.rewriteLife(of: request.key, pid: decoy.innerPid, bootID: "another-boot", matching: decoy.pid)
            let notices = Notices()
            let second = site.open(notices)
            _ = try await second.status(of: [request.key])
            #expect(try await notices.wait(for: request.key).report.state == .lost)
            #expect(HostProcess.isAlive(decoy.pid))
        },
    ]
}

/// A process of the tests' own on the host, which nobody else may touch.
struct Decoy: Sendable {
    /// Its pid here.
    let pid: Int32
    /// Its pid on the host.
    let innerPid: UInt32

    static func make(_ site: Site) async throws -> Decoy {
        // A length that no other process sleeps.
        let word = "\(Int.random(in: 1_000_000...9_999_999))"
        if let remote = site.remote {
            let number = remote.account.number
            try await Command.run([
                "docker", "exec", "--detach", "--user", "\(number):\(number)", remote.server.id, "sleep", word,
            ])
        } else {
            try await Command.run(["/bin/sh", "-c", "sleep \(word) </dev/null >/dev/null 2>&1 &"])
        }
        func find() -> HostProcess? { HostProcess.all().first { $0.command == "sleep \(word)" } }
        guard try await eventually({ find() != nil }), let process = find() else { throw SiteError("no decoy") }
        return Decoy(pid: process.pid, innerPid: UInt32(process.innerPid))
    }

    func end() { kill(pid, SIGKILL) }
}

extension Site {
    /// What runs with the attempt's key in its environment, as command lines.
    func processes(of key: AttemptKey) -> [String] {
        HostProcess.all().filter { $0.belongs(to: key) }.map(\.command)
    }
}
