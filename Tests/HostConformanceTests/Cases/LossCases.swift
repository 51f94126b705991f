import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H12, H13: attempts outlive the channel and whoever started them.
extension HostCase {
    static let lossCases: [HostCase] = [
        HostCase("H12", "the channel goes: the program runs on, and a new one reads the same status, log and exit") {
            site in
            try site.makePipe("hold")
            let request = site.shell("echo before; read line < hold; echo after; exit 9")
            let first = site.open()
            let started = try await first.start(request)
            await first.close()
            #expect(HostProcess.isAlive(site.hostPID(started.pid)))
            let notices = Notices()
            let second = site.open(notices)
            let adopted = try await second.status(of: [request.key])[0]
            #expect(adopted.state == .running && adopted.pid == started.pid && adopted.startedAt == started.startedAt)
            #expect(text(try await site.log(of: request.key, on: second)[...]) == "before\n")
            try await release(site.workFile("hold"))
            let ended = try await notices.wait(for: request.key).report
            #expect(ended.exit == .code(9))
            #expect(text(try await site.log(of: request.key, on: second)[...]) == "before\nafter\n")
        },
        HostCase("H12", "the supervisor's channel process is killed: the same") { site in
            try site.makePipe("hold")
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell("echo before; read line < hold; exit 4")
            _ = try await host.start(request)
            kill(site.hostPID(try await host.connect().pid), SIGKILL)
            // The next operation opens another channel; the first may find the old one lost.
            var reports = try? await host.status(of: [request.key])
            if reports == nil { reports = try await host.status(of: [request.key]) }
            #expect(reports?.map(\.state) == [.running])
            try await release(site.workFile("hold"))
            #expect(try await notices.wait(for: request.key).report.exit == .code(4))
            #expect(notices.disconnections == 1)
        },
        HostCase("H13", "timeout_seconds ends it on the host, also when nobody is connected") { site in
            try site.allowBackground()
            var request = site.shell("trap '' TERM; setsid sleep 1000 & sleep 1001")
            request.timeout = 300
            request.grace = 100
            let first = site.open()
            _ = try await first.start(request)
            await first.close()
            let gone = ContinuousClock.now + .seconds(30)
            while !site.processes(of: request.key).isEmpty, ContinuousClock.now < gone { await Task.yield() }
            #expect(site.processes(of: request.key) == [])
            let notices = Notices()
            let second = site.open(notices)
            var report = try await second.status(of: [request.key])[0]
            if report.state == .running { report = try await notices.wait(for: request.key).report }
            #expect(report.state == .exited && report.cause == .timeout && report.exit == .signal(9))
        },
        HostCase("H13", "a program that ends in time is not touched by its timeout") { site in
            var request = site.shell("exit 6")
            request.timeout = 60_000
            let (report, _) = try await site.finish(request)
            #expect(report.exit == .code(6) && report.cause == .itself)
        },
    ]
}
