import FleetHost
import FleetWire
import Foundation
import TestServers
import TestSupport
import Testing

/// H17: the supervisor comes to the host once, or it is said why not.
extension HostCase {
    static let deliveryCases: [HostCase] = [
        HostCase("H17.upload", "a host without the supervisor gets it once, whole and the account's alone") { site in
            let remote = try bare(site)
            for _ in 0..<2 {
                let host = site.open()
                _ = try await host.connect()
                await host.close()
            }
            let path = site.outside(remote.supervisor)
            #expect(FileManager.default.contentsEqual(atPath: path, andPath: BuiltProducts.supervisor))
            #expect(try files(site) == [name(remote.supervisor)])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        },
        HostCase("H17.upload", "two managers at the same moment both get there") { site in
            let remote = try bare(site)
            let hosts = (0..<3).map { _ in site.open() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for host in hosts { group.addTask { _ = try await host.connect() } }
                try await group.waitForAll()
            }
            #expect(try files(site) == [name(remote.supervisor)])
        },
        HostCase("H17.upload", "an upload that is cut leaves nothing that would be run, and the next one works") {
            site in
            let remote = try bare(site)
            let first = site.open()
            async let cut = try? first.connect()
            // In mid-upload: a part of it is there.
            let place = (remote.supervisor as NSString).deletingLastPathComponent
            let isUnderWay = try await eventually {
                try (FileManager.default.fileExists(atPath: site.outside(place)) ? files(site) : [])
                    .contains { $0.hasPrefix(".upload.") }
            }
            try await remote.server.drop()
            _ = await cut
            #expect(isUnderWay)
            let host = site.open()
            _ = try await host.connect()
            let path = site.outside(remote.supervisor)
            #expect(FileManager.default.contentsEqual(atPath: path, andPath: BuiltProducts.supervisor))
        },
        HostCase("H17.upload", "a supervisor that a loss of power has left empty is sent anew") { site in
            let remote = try site.otherMachine()
            let path = site.outside(remote.supervisor)
            // Another file, as that one may be others' too.
            try FileManager.default.removeItem(atPath: path)
            try Data().write(to: URL(fileURLWithPath: path))
            chmod(path, 0o700)
            site.give(remote.supervisor)
            _ = try await site.open().connect()
            #expect(FileManager.default.contentsEqual(atPath: path, andPath: BuiltProducts.supervisor))
            #expect(try files(site) == [name(remote.supervisor)])
        },
        HostCase("H17.upload", "a home that is full is told as such, and nothing is left in it") { site in
            _ = try bare(site)
            let disk = try await SmallDisk.make(site, "\(site.home)/.cache", kilobytes: 1_024)
            site.onEnd { try await disk.remove() }
            let error = await #expect(throws: HostError.self) { try await site.open().connect() }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("the disk is full") ?? false, "\(error?.message ?? "")")
            #expect(try files(site) == [])
        },
        HostCase("H17.upload", "where the first place cannot be written or executed the second is taken") { site in
            for option in ["ro", "noexec"] {
                if option == "ro" { _ = try bare(site) }
                let disk = try await SmallDisk.make(site, "\(site.home)/.cache", kilobytes: 65_536)
                try await disk.remount(option)
                let host = site.open()
                let result: Result<HelloReply, any Error>
                do { result = .success(try await host.connect()) } catch { result = .failure(error) }
                await host.close()
                try await disk.remove()
                _ = try result.get()
                let second = site.outside("\(site.home)/.local/state/codewhale/bin")
                #expect(try FileManager.default.contentsOfDirectory(atPath: second).count == 1)
                try FileManager.default.removeItem(atPath: second)
            }
        },
        HostCase("H17.upload", "a home that is read-only, or mounted noexec, is told as such") { site in
            _ = try bare(site)
            for (option, words) in [("noexec", "cannot be executed"), ("ro", "cannot be written")] {
                var disks: [SmallDisk] = []
                for place in [".cache", ".local"] {
                    disks.append(try await SmallDisk.make(site, "\(site.home)/\(place)", kilobytes: 65_536))
                    try await disks.last?.remount(option)
                }
                let host = site.open()
                let error = await #expect(throws: HostError.self) { try await host.connect() }
                await host.close()
                for disk in disks { try await disk.remove() }
                #expect(error?.code == .configuration)
                #expect(error?.message.contains(words) ?? false, "\(error?.message ?? "")")
            }
        },
        HostCase("H17.upload", "a directory that is a link, or that others may write to, is refused") { site in
            _ = try bare(site)
            try site.makeDirectory("\(site.home)/.cache")
            try site.makeDirectory("\(site.home)/target")
            try site.makeLink("\(site.home)/.cache/codewhale", to: "\(site.home)/target")
            let link = await #expect(throws: HostError.self) { try await site.open().connect() }
            #expect(link?.code == .configuration && link?.message.contains("is a link") ?? false)
            unlink(site.outside("\(site.home)/.cache/codewhale"))
            try site.makeDirectory("\(site.home)/.cache/codewhale")
            chmod(site.outside("\(site.home)/.cache/codewhale"), 0o777)
            let open = await #expect(throws: HostError.self) { try await site.open().connect() }
            #expect(open?.code == .configuration && open?.hint?.contains("chmod") ?? false)
            #expect(try FileManager.default.contentsOfDirectory(atPath: site.outside("\(site.home)/target")) == [])
        },
        HostCase("H17.upload", "an older supervisor goes on serving what it runs, and is removed when nothing does") {
            site in
            let remote = try site.otherMachine()
            let older = try older(site, "0")
            try FileManager.default.removeItem(atPath: site.outside(remote.supervisor))
            try site.makePipe("hold")
            let notices = Notices()
            let first = site.open(notices, command: [older])
            let request = site.shell("read line < hold; exit 8")
            _ = try await first.start(request)
            let second = site.open()
            #expect(try await second.status(of: [request.key]).map(\.state) == [.running])
            #expect(FileManager.default.fileExists(atPath: site.outside(older)))
            try await release(site.workFile("hold"))
            #expect(try await notices.wait(for: request.key).report.exit == .code(8))
            #expect(try await second.status(of: [request.key]).map(\.exit) == [.code(8)])
            // Nothing runs on it any more: the next delivery takes it away.
            await first.close()
            await second.close()
            #expect(try await eventually { !HostProcess.all().contains { $0.command.contains(older) } })
            try FileManager.default.removeItem(atPath: site.outside(remote.supervisor))
            #expect(try await site.open().status(of: [request.key]).map(\.exit) == [.code(8)])
            #expect(!FileManager.default.fileExists(atPath: site.outside(older)))
            #expect(FileManager.default.fileExists(atPath: site.outside(remote.supervisor)))
        },
        HostCase("H17.upload", "an older supervisor stays as long as an attempt needs it; one that nothing needs goes")
        {
            site in
            let busy = try older(site, "0")
            let idle = try older(site, "1")
            let remote = try site.otherMachine()
            let newest = name(remote.supervisor)
            try FileManager.default.removeItem(atPath: site.outside(remote.supervisor))
            try site.makePipe("hold")
            let first = site.open(command: [busy])
            let kept = site.shell("echo before; read line < hold; echo after; exit 8", as: site.key("kept"))
            let ended = site.shell("exec sleep 1000", as: site.key("ended"))
            for request in [kept, ended] { _ = try await first.start(request) }
            await first.close()
            // Nobody is connected through it: what runs on it are the two attempts' shims.
            func users() -> [HostProcess] { HostProcess.all().filter { $0.command.contains(busy) } }
            #expect(try await eventually { users().count == 2 })
            let notices = Notices()
            let second = site.open(notices)
            _ = try await second.connect()
            #expect(try files(site).sorted() == [name(busy), newest].sorted())
            #expect(!FileManager.default.fileExists(atPath: site.outside(idle)))
            #expect(try await second.status(of: [kept.key, ended.key]).map(\.state) == [.running, .running])
            #expect(try await second.stop(ended.key, grace: 100).outcome == .stopped)
            try await release(site.workFile("hold"))
            #expect(try await notices.wait(for: kept.key).report.exit == .code(8))
            #expect(text(try await site.log(of: kept.key, on: second)[...]) == "before\nafter\n")
            // A delivery takes it away, no mere contact.
            #expect(try await eventually { users().isEmpty })
            await second.close()
            let third = site.open()
            _ = try await third.connect()
            #expect(try files(site).contains(name(busy)))
            await third.close()
            try FileManager.default.removeItem(atPath: site.outside(remote.supervisor))
            _ = try await site.open().connect()
            #expect(try files(site) == [newest])
        },
        HostCase("H17.upload", "a host of another architecture gets an error that names the remedy") { site in
            let remote = try bare(site)
            // A directory without a payload for this host's platform.
            let directory = "\(remote.directory)/payloads"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try "other"
                .write(
                    toFile: "\(directory)/codewhale-supervisor-linux-riscv64",
                    atomically: false,
                    encoding: .utf8
                )
            let payloads = SupervisorPayloads(supervisor: "\(directory)/codewhale-supervisor")
            let host = remote.adapter(Notices(), payloads: payloads)
            let error = await #expect(throws: HostError.self) { try await host.connect() }
            #expect(error?.code == .configuration)
            #expect(error?.hint?.contains("codewhale-supervisor-\(SupervisorPayloads.ownPlatform)") ?? false)
            await host.close()
        },
    ]

    /// Takes the supervisor off the host again, with its directories.
    private static func bare(_ site: Site) throws -> RemoteAccount {
        let remote = try site.otherMachine()
        try FileManager.default.removeItem(atPath: site.outside("\(site.home)/.cache"))
        return remote
    }

    /// Puts another supervisor beside the one that is there, under a digest of nothing but this digit.
    private static func older(_ site: Site, _ digit: Character) throws -> String {
        let newest = try site.otherMachine().supervisor
        let older =
            "\((newest as NSString).deletingLastPathComponent)/supervisor-" + String(repeating: digit, count: 64)
        try FileManager.default.copyItem(atPath: site.outside(newest), toPath: site.outside(older))
        site.give(older)
        return older
    }

    /// The last part of a path.
    private static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

    /// What lies where the supervisor is put.
    private static func files(_ site: Site) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: site.outside("\(site.home)/.cache/codewhale"))
    }
}
