import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H5: a copy of the state directory, as a backup makes one, has the records of what runs, and not their locks.
extension HostCase {
    static let copyCases: [HostCase] = [
        HostCase("H5.copy", "a copy of the state directory tells of what runs, and neither ends it nor writes its end")
        {
            try await look(at: $0, isEarly: false)
        },
        HostCase("H5.copy", "the same of a copy that was made before the shim had written who it is") {
            try await look(at: $0, isEarly: true)
        },
    ]

    private static func look(at site: Site, isEarly: Bool) async throws {
        try site.makePipe("hold")
        let notices = Notices()
        let host = site.open(notices)
        let request = site.shell("read line < hold; exit 5")
        let started = try await host.start(request)
        let copy = "\(site.home)/copy"
        try await Command.run(["cp", "-a", site.outside(site.state), site.outside(copy)])
        if isEarly {
            try RecordForgery.eraseLife(site.outside("\(copy)/\(request.key.run)/\(request.key.stem).rec"))
        }
        let others = Notices()
        let other = site.open(others, state: copy)
        #expect(try await other.status(of: []).map(\.state) == [.running])
        #expect(try await other.status(of: [request.key]).map(\.pid) == [isEarly ? 0 : started.pid])
        let reply = try await other.stop(request.key, grace: 100)
        #expect(reply.outcome == .survivors && reply.report.survivors.contains(started.pid))
        #expect(reply.reason?.contains("copy") ?? false, "\(reply.reason ?? "")")
        let error = await #expect(throws: HostError.self) { try await other.cleanup([request.key]) }
        #expect(error?.code == .running)
        #expect(try await host.status(of: [request.key]).map(\.state) == [.running])
        try await release(site.workFile("hold"))
        #expect(try await notices.wait(for: request.key).report.exit == .code(5))
        // Its end is written in the original alone.
        #expect(try await others.wait(for: request.key).report.state == .lost)
        #expect(try await site.open().status(of: [request.key]).map(\.exit) == [.code(5)])
    }
}

extension AttemptKey {
    /// The stem of the attempt's files in its run's directory.
    fileprivate var stem: String { "\(task).\(attempt)" }
}
