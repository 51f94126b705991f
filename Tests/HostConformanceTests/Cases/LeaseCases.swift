import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H14: what a host does with attempts when it hears of no manager.
extension HostCase {
    /// A tree with a child that left the session, and signals that it will not hear.
    private static let deaf = "trap '' TERM; setsid sleep 1000 & echo begun; sleep 1001"

    static let leaseCases: [HostCase] = [
        HostCase("H14", "nobody renews: the whole tree is ended on the host, and the record says why") { site in
            try site.allowBackground()
            var request = site.shell(deaf)
            (request.lossLimit, request.leaseValidity, request.grace) = (500, 60_000, 100)
            let first = site.open()
            _ = try await first.start(request)
            await first.close()
            let isGone = try await eventually(seconds: 30) { site.processes(of: request.key).isEmpty }
            #expect(isGone)
            let second = site.open()
            // Its processes are gone a moment before the record says so.
            let isOver = try await eventually(seconds: 30) {
                try await second.status(of: [request.key])[0].state == .exited
            }
            #expect(isOver)
            let report = try await second.status(of: [request.key])[0]
            #expect(report.cause == .managerLoss && report.exit == .signal(9))
            #expect(report.finishedAt >= report.startedAt + 500 && report.survivors.isEmpty)
            #expect(text(try await site.log(of: request.key, on: second)[...]) == "begun\n")
        },
        HostCase("H14", "who only looks is no manager: status, logs and pings renew nothing") { site in
            var request = site.shell("exec sleep 1000")
            (request.lossLimit, request.grace) = (500, 100)
            let notices = Notices()
            let host = site.open(notices)
            _ = try await host.start(request)
            var report = try await host.status(of: [request.key])[0]
            let deadline = ContinuousClock.now + .seconds(30)
            while report.state == .running, ContinuousClock.now < deadline {
                _ = try await host.log(of: request.key, offset: 0, limit: 1)
                _ = try await host.greet()
                report = try await host.status(of: [request.key])[0]
            }
            #expect(report.state == .exited && report.cause == .managerLoss && report.exit == .signal(15))
        },
        HostCase("H14", "as long as the lease is renewed, by whatever channel, it runs on; then it is ended") { site in
            var request = site.shell("exec sleep 1000")
            (request.lossLimit, request.grace) = (2_000, 100)
            let first = site.open()
            let started = try await first.start(request)
            await first.close()
            let second = site.open()
            let start = ContinuousClock.now
            var renewedAt = Date.now
            while start.duration(to: .now) < .seconds(5) {
                renewedAt = .now
                try await second.renew(validity: 1)
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(HostProcess.isAlive(site.hostPID(started.pid)))
            let isOver = try await eventually(seconds: 30) {
                try await second.status(of: [request.key])[0].state == .exited
            }
            #expect(isOver)
            let ended = try await second.status(of: [request.key])[0]
            #expect(ended.cause == .managerLoss)
            let waited = Double(ended.finishedAt) / 1_000 - renewedAt.timeIntervalSince1970
            #expect(waited >= 1.9 && waited < 20)
        },
        HostCase("H14", "one that is to finish does, whoever is gone") { site in
            try site.makePipe("hold")
            var request = site.shell("read line < hold; exit 6")
            request.leaseValidity = 1
            var other = site.shell("exec sleep 1000", as: site.key("other"))
            (other.lossLimit, other.grace) = (300, 100)
            let first = site.open()
            _ = try await first.start(request)
            _ = try await first.start(other)
            await first.close()
            // The host has waited for a manager longer than the other one was to.
            #expect(try await eventually(seconds: 30) { site.processes(of: other.key).isEmpty })
            let notices = Notices()
            let second = site.open(notices)
            #expect(try await second.status(of: [request.key]).map(\.state) == [.running])
            try await release(site.workFile("hold"))
            #expect(try await notices.wait(for: request.key).report.exit == .code(6))
        },
        HostCase("H14", "a stop that is asked for while it is being ended is answered, and the cause stands") { site in
            var request = site.shell("trap 'echo told' TERM; while true; do sleep 0.1; done")
            (request.lossLimit, request.grace) = (1_000, 60_000)
            let host = site.open()
            _ = try await host.start(request)
            let isTold = try await eventually(seconds: 30) {
                text(try await site.log(of: request.key, on: host)[...]).contains("told\n")
            }
            #expect(isTold)
            let reply = try await host.stop(request.key, grace: 100)
            #expect(reply.report.state == .exited && reply.report.exit == .signal(9))
            #expect(reply.report.cause == .managerLoss)
            #expect(site.processes(of: request.key) == [])
        },
    ]
}
