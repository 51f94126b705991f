import FleetHost
import FleetWire
import Foundation
import Testing

/// H16, H17: directories that are not ours alone are not used, and odd requests are refused.
extension HostCase {
    static let hostileCases: [HostCase] = [
        HostCase("H16", "a link where the state directory should be is refused") { site in
            try site.makeLink("\(site.home)/link", to: site.state)
            let host = site.open(state: "\(site.home)/link")
            let error = await #expect(throws: HostError.self) { try await host.connect() }
            #expect(error?.code == .configuration && error?.message.contains("symbolic link") ?? false)
        },
        HostCase("H16", "a link where a run's directory should be is refused") { site in
            try site.makeDirectory("\(site.home)/target")
            try site.makeLink("\(site.state)/\(site.run)", to: "\(site.home)/target")
            let host = site.open()
            let error = await #expect(throws: HostError.self) { try await host.start(site.shell("true")) }
            #expect(error?.code == .configuration)
            #expect(try FileManager.default.contentsOfDirectory(atPath: site.outside("\(site.home)/target")) == [])
            unlink(site.outside("\(site.state)/\(site.run)"))
        },
        HostCase("H17.open", "a state directory that others could write is refused") { site in
            let path = "\(site.home)/open"
            try site.makeDirectory(path)
            chmod(site.outside(path), 0o777)
            let host = site.open(state: path)
            let error = await #expect(throws: HostError.self) { try await host.connect() }
            #expect(error?.code == .configuration && error?.message.contains("chmod go-w") ?? false)
        },
        HostCase("H16", "ids that would leave the state directory are refused") { site in
            let host = site.open()
            for id in ["..", "a/b", ".hidden", "-x", "", "a\nb", String(repeating: "x", count: 129)] {
                var request = site.shell("true")
                request.key.task = id
                let key = request.key
                let error = await #expect(throws: HostError.self) { try await host.start(request) }
                #expect(error?.code == .malformed)
                await #expect(throws: HostError.self) { try await host.cleanup([key]) }
                await #expect(throws: HostError.self) { try await host.claim(key) }
            }
        },
        HostCase("H16", "a record that is damaged is no attempt, and harms no other") { site in
            let notices = Notices()
            let host = site.open(notices)
            let request = site.shell("exit 2")
            _ = try await host.start(request)
            try await notices.wait(for: request.key)
            let directory = site.outside("\(site.state)/\(site.run)")
            try Data(repeating: 0xa5, count: 9_000).write(to: URL(fileURLWithPath: "\(directory)/broken.1.rec"))
            try Data().write(to: URL(fileURLWithPath: "\(directory)/empty.7.rec"))
            for name in ["broken.1.rec", "empty.7.rec"] { site.give("\(site.state)/\(site.run)/\(name)") }
            let reports = try await site.open().status(of: [])
            #expect(reports.map(\.key) == [request.key])
            for name in ["broken.1.rec", "empty.7.rec"] { unlink("\(directory)/\(name)") }
        },
    ]
}
