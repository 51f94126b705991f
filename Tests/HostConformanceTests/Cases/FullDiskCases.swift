import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H3, H6, H10: what a host with a full disk can do all the same.
extension HostCase {
    static let fullDiskCases: [HostCase] = [
        HostCase("H3.full", "on a full disk attempts are given up, of runs that are known there and of others") {
            site in
            let (host, disk, running) = try await fullHost(site)
            let (known, strange) = (site.key("late", attempt: 3), AttemptKey(other: site.key()))
            for key in [known, strange] {
                #expect(try await host.claim(key).map(\.state) == [.unknown])
                let error = await #expect(throws: HostError.self) { try await host.start(site.shell("true", as: key)) }
                #expect(error?.code == .refused)
            }
            for number in 1...100 { _ = try await host.claim(site.key("task-\(number)", attempt: 7)) }
            _ = try await host.stop(running, grace: 100)
            disk.empty()
            // Who comes later knows it.
            let later = site.open(state: "\(disk.path)/state")
            for key in [known, strange] {
                let error = await #expect(throws: HostError.self) { try await later.start(site.shell("true", as: key)) }
                #expect(error?.code == .refused)
            }
        },
        HostCase("H6.full", "on a full disk a program that runs is stopped, and its log and record are removed") {
            site in
            let (host, disk, key) = try await fullHost(site)
            let reply = try await host.stop(key, grace: 100)
            #expect(reply.outcome == .stopped && reply.report.exit == .signal(15))
            #expect(site.processes(of: key) == [])
            try await host.cleanup([key])
            #expect(try await host.status(of: [key]).map(\.state) == [.unknown])
            let names = FileManager.default.enumerator(atPath: site.outside("\(disk.path)/state"))
            #expect(!(names?.contains { ($0 as? String)?.contains("\(key.task).") ?? false } ?? true))
            let error = await #expect(throws: HostError.self) { try await host.start(site.shell("true", as: key)) }
            #expect(error?.code == .refused)
        },
        HostCase("H10.full", "a log that has filled the disk is removed, though its mark had no space ahead") { site in
            let (host, _, key) = try await fullHost(site)
            // As many as the space ahead has room for, and more.
            var refused = false
            for number in 1...2_000 where !refused {
                let task = String(repeating: "x", count: 100) + "\(number)"
                refused = (try? await host.claim(site.key(task))) == nil
            }
            #expect(refused)
            _ = try await host.stop(key, grace: 100)
            try await host.cleanup([key])
            #expect(try await host.status(of: [key]).map(\.state) == [.unknown])
        },
    ]

    /// A host whose disk is full since an attempt began that has written a log.
    private static func fullHost(_ site: Site) async throws -> (SupervisedHost, SmallDisk, AttemptKey) {
        let disk = try await SmallDisk.make(site, "\(site.work)/full")
        site.onEnd { try await disk.remove() }
        let host = site.open(state: "\(disk.path)/state")
        let request = site.shell("head -c 20000 /dev/zero; exec sleep 1000")
        _ = try await host.start(request)
        let hasLog = try await eventually { try await host.status(of: [request.key])[0].logBytes == 20_000 }
        #expect(hasLog)
        try disk.fill()
        return (host, disk, request.key)
    }
}

extension AttemptKey {
    /// The key in a run that no host has heard of.
    fileprivate init(other key: AttemptKey) {
        self.init(run: key.run + "-other", task: key.task, attempt: key.attempt, nonce: key.nonce)
    }
}
