import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H8, H10, H11 and H12 where there is a connection: it drops, its client is killed, and hosts share a home.
extension HostCase {
    static let dropCases: [HostCase] = [
        HostCase("H11", "the server's processes are killed: the program runs on, its output and exit are kept") {
            site in
            try await runsOn(site) { try await $0.drop() }
        },
        HostCase("H11", "the host is paused until the connection is given up: the same") { site in
            try await runsOn(site) {
                try await $0.pause()
            } giveBack: {
                try await $0.unpause()
            }
        },
        HostCase("H11", "the program ends while nobody is connected: the exit record waits") { site in
            try site.makePipe("hold")
            let request = site.shell("read line < hold; echo ended; exit 11")
            let host = site.open()
            _ = try await host.start(request)
            await host.close()
            try await release(site.workFile("hold"))
            let gone = try await eventually { site.processes(of: request.key).isEmpty }
            #expect(gone)
            let second = site.open()
            #expect(try await second.status(of: [request.key]).map(\.exit) == [.code(11)])
            #expect(text(try await site.log(of: request.key, on: second)[...]) == "ended\n")
        },
        HostCase("H12.manager", "the clients are killed: a new adapter adopts the attempt, with the same log and exit")
        {
            site in
            let remote = try site.otherMachine()
            try site.makePipe("hold")
            let notices = Notices()
            let first = site.open(notices)
            let request = site.shell("echo before; read line < hold; echo after; exit 9")
            let started = try await first.start(request)
            for client in HostProcess.children() where client.command.contains(remote.directory) {
                kill(client.pid, SIGKILL)
            }
            let second = site.open(notices)
            let adopted = try await second.start(request)
            #expect(adopted.state == .running && adopted.pid == started.pid)
            try await release(site.workFile("hold"))
            #expect(try await notices.wait(for: request.key).report.exit == .code(9))
            #expect(text(try await site.log(of: request.key, on: second)[...]) == "before\nafter\n")
        },
        HostCase("H8.unreachable", "a stop on a host that is away says so, and is carried out at the next contact") {
            site in
            let remote = try site.otherMachine()
            let host = site.open()
            let request = site.shell("exec sleep 1000")
            let started = try await host.start(request)
            try await remote.server.execute(["server", "stop"])
            do {
                try await remote.server.drop()
                let error = await #expect(throws: HostError.self) {
                    // The first finds the channel lost, the second that nobody is there.
                    _ = try? await host.stop(request.key, grace: 100)
                    _ = try await host.stop(request.key, grace: 100)
                }
                #expect(error?.code == .transport)
                #expect(HostProcess.isAlive(site.hostPID(started.pid)))
            } catch {
                try await remote.server.execute(["server", "start"])
                throw error
            }
            try await remote.server.execute(["server", "start"])
            #expect(try await host.stop(request.key, grace: 100).outcome == .stopped)
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H10.workspaces", "two workspaces of one account do not meet") { site in
            let remote = try site.otherMachine()
            let notices = Notices()
            let host = site.open(notices)
            let other = remote.adapter(Notices(), workspace: "\(remote.workspace)-other")
            let request = site.shell("true")
            _ = try await host.start(request)
            try await notices.wait(for: request.key)
            #expect(try await other.status(of: []) == [])
            #expect(try await other.status(of: [request.key]).map(\.state) == [.unknown])
            try await other.cleanup([request.key])
            #expect(try await host.status(of: [request.key]).map(\.state) == [.exited])
            await other.close()
        },
        HostCase("H10.home", "hosts on one home do not meet, also where they share a name or a machine id") { site in
            let shared = try await SharedHome.make(like: site.otherMachine(), key: site.key())
            site.onEnd {
                let left = try await shared.remove()
                #expect(left == [])
            }
            let (key, hosts) = (shared.key, shared.hosts)
            for host in hosts { #expect(try await host.adapter.start(host.request).state == .running) }
            for host in hosts {
                #expect(try await host.adapter.status(of: []).map(\.key) == [key])
                #expect(try await eventually { try await site.log(of: key, on: host.adapter) == host.output })
            }
            try await release(hosts[0].pipe)
            #expect(try await hosts[0].notices.wait(for: key).report.exit == .code(hosts[0].code))
            try await hosts[0].adapter.cleanup([key])
            #expect(try await hosts[0].adapter.status(of: [key]).map(\.state) == [.unknown])
            #expect(try await hosts[1].adapter.stop(key, grace: 100).outcome == .stopped)
            try await hosts[1].adapter.cleanup([key])
            // Whatever became of the others' attempts, this one is as it was.
            #expect(try await hosts[2].adapter.status(of: []).map(\.state) == [.running])
            #expect(hosts[2].notices.reports(of: key).allSatisfy { $0.state == .running })
            try await release(hosts[2].pipe)
            #expect(try await hosts[2].notices.wait(for: key).report.exit == .code(hosts[2].code))
            #expect(try await site.log(of: key, on: hosts[2].adapter) == hosts[2].output)
        },
    ]

    private static func runsOn(
        _ site: Site,
        _ takeAway: (TestServer) async throws -> Void,
        giveBack: ((TestServer) async throws -> Void)? = nil
    ) async throws {
        let remote = try site.otherMachine()
        try site.makePipe("hold")
        let notices = Notices()
        let host = site.open(notices)
        let request = site.shell("echo before; read line < hold; echo after; exit 7")
        let started = try await host.start(request)
        let program = site.hostPID(started.pid)
        try await takeAway(remote.server)
        let isNoticed = try await eventually(seconds: 15) { notices.disconnections == 1 }
        try await giveBack?(remote.server)
        #expect(isNoticed)
        #expect(HostProcess.isAlive(program))
        let report = try await host.status(of: [request.key])[0]
        #expect(report.state == .running && report.pid == started.pid)
        #expect(text(try await site.log(of: request.key, on: host)[...]) == "before\n")
        try await release(site.workFile("hold"))
        #expect(try await notices.wait(for: request.key).report.exit == .code(7))
        #expect(text(try await site.log(of: request.key, on: host)[...]) == "before\nafter\n")
        #expect(notices.disconnections == 1)
    }
}
