import FleetHost
import FleetWire
import Foundation
import Testing

/// H3: a key runs once, and never after it was given up.
extension HostCase {
    static let onceCases: [HostCase] = [
        HostCase("H3", "a start repeated with one key runs once") { site in
            let notices = Notices()
            let host = site.open(notices)
            let other = site.open()
            let request = site.shell("echo start >> starts; read line < hold")
            try site.makePipe("hold")
            let reports = try await withThrowingTaskGroup(of: AttemptReport.self) { group in
                for number in 0..<16 { group.addTask { try await (number % 2 == 0 ? host : other).start(request) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.count == 16)
            #expect(reports.allSatisfy { $0.state == .running && $0.key == request.key })
            try await release(site.workFile("hold"))
            try await notices.wait(for: request.key)
            #expect(try await host.start(request).state == .exited)
            #expect(try String(contentsOfFile: site.workFile("starts"), encoding: .utf8) == "start\n")
        },
        HostCase("H3", "a start whose answer was lost is found by its key, and not begun again") { site in
            let request = site.shell("echo start >> starts; read line < hold")
            try site.makePipe("hold")
            let first = site.open()
            _ = try await first.connect()
            async let lost = try? first.start(request)
            // The channel closes while the start is under way.
            await first.close()
            _ = await lost
            let notices = Notices()
            let second = site.open(notices)
            let report = try await second.start(request)
            #expect(report.state == .running)
            try await release(site.workFile("hold"))
            try await notices.wait(for: request.key)
            #expect(try String(contentsOfFile: site.workFile("starts"), encoding: .utf8) == "start\n")
        },
        HostCase("H3.claim", "a key that was given up is refused for ever") { site in
            let host = site.open()
            let request = site.shell("echo start >> starts")
            #expect(try await host.claim(request.key).map(\.state) == [.unknown])
            for host in [host, site.open()] {
                let error = await #expect(throws: HostError.self) { try await host.start(request) }
                #expect(error?.code == .refused && error?.usedNumber == request.key.attempt)
            }
            #expect(!FileManager.default.fileExists(atPath: site.workFile("starts")))
            // The next attempt is not concerned.
            let next = site.shell("true", as: site.key("task", attempt: 2))
            _ = try await host.start(next)
        },
        HostCase("H3.cleanup", "a key is refused after its attempt was removed") { site in
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell("echo start >> starts")
            _ = try await host.start(request)
            try await notices.wait(for: request.key)
            try await host.cleanup([request.key])
            #expect(try await host.status(of: [request.key]).map(\.state) == [.unknown])
            let error = await #expect(throws: HostError.self) { try await host.start(request) }
            #expect(error?.code == .refused)
            #expect(try String(contentsOfFile: site.workFile("starts"), encoding: .utf8) == "start\n")
        },
        HostCase("H3.late", "an earlier attempt's start that arrives late is refused") { site in
            let host = site.open()
            let late = site.shell("echo late >> starts", as: site.key("task", attempt: 1))
            _ = try await host.start(site.shell("true", as: site.key("task", attempt: 2)))
            let error = await #expect(throws: HostError.self) { try await host.start(late) }
            #expect(error?.code == .refused)
            #expect(!FileManager.default.fileExists(atPath: site.workFile("starts")))
        },
        HostCase("H3.conflict", "the same number under another key is told apart") { site in
            let host = site.open()
            _ = try await host.start(site.shell("true"))
            let error = await #expect(throws: HostError.self) { try await host.start(site.shell("true")) }
            #expect(error?.code == .conflict)
        },
        HostCase("H3.claim", "giving up what runs already says that it runs") { site in
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell("read line < hold")
            try site.makePipe("hold")
            _ = try await host.start(request)
            #expect(try await host.claim(request.key).map(\.state) == [.running])
            try await release(site.workFile("hold"))
            #expect(try await notices.wait(for: request.key).report.exit == .code(0))
        },
    ]
}
