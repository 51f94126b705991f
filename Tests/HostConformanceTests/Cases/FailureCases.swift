import FleetHost
import FleetWire
import Foundation
import TestServers
import Testing

/// H2: what cannot be started is a `configuration` failure that says what to do, and leaves nothing.
extension HostCase {
    static let failureCases: [HostCase] = [
        HostCase("H2", "a program that does not exist") { site in
            try await expectFailure(site, site.start(["no-such-program"]), "is not on the attempt's PATH")
            try await expectFailure(site, site.start(["/no/such/program"]), "does not exist")
        },
        HostCase("H2", "a program that is not executable, or of no known form") { site in
            try "echo\n".write(toFile: site.workFile("plain"), atomically: true, encoding: .utf8)
            chmod(site.workFile("plain"), 0o644)
            try await expectFailure(site, site.start(["\(site.work)/plain"]), "cannot be executed")
            try Data([0x7f, 1, 2, 3]).write(to: URL(fileURLWithPath: site.workFile("odd")))
            chmod(site.workFile("odd"), 0o755)
            try await expectFailure(site, site.start(["\(site.work)/odd"]), "has no form that this host executes")
            try "#!/no/interpreter\n".write(toFile: site.workFile("script"), atomically: true, encoding: .utf8)
            chmod(site.workFile("script"), 0o755)
            try await expectFailure(site, site.start(["\(site.work)/script"]), "names an interpreter")
            try await expectFailure(site, site.start(["./script"]), "names an interpreter")
            try await expectFailure(site, site.start([site.work]), "is a directory")
        },
        HostCase("H2", "a working directory that is missing, or a file, or not absolute") { site in
            var request = site.shell("true")
            request.workingDirectory = "\(site.work)/missing"
            try await expectFailure(site, request, "does not exist. Create it")
            _ = FileManager.default.createFile(atPath: site.workFile("file"), contents: nil)
            request = site.shell("true")
            request.workingDirectory = "\(site.work)/file"
            try await expectFailure(site, request, "correct working_directory")
            request = site.shell("true")
            request.workingDirectory = "relative"
            try await expectFailure(site, request, "is not absolute")
        },
        HostCase("H2.unwritable", "a working directory on a file system that cannot be written") { site in
            let disk = try await SmallDisk.make(site, "\(site.work)/disk")
            site.onEnd { try await disk.remove() }
            try await disk.makeReadOnly()
            var request = site.shell("true")
            request.workingDirectory = "\(site.work)/disk"
            try await expectFailure(site, request, "cannot be entered and written")
        },
        HostCase("H2.full", "a full disk under the state directory") { site in
            let disk = try await SmallDisk.make(site, "\(site.work)/full")
            site.onEnd { try await disk.remove() }
            let host = site.open(state: "\(site.work)/full/state")
            // The directories are there before the disk is full, as they are on a host that filled up since.
            _ = try await host.start(site.shell("true"))
            try disk.fill()
            let request = site.shell("true", as: site.key("second"))
            let error = await #expect(throws: HostError.self) { try await host.start(request) }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("Free some space") ?? false)
            #expect(error?.isOfHost ?? false, "another host may do it")
            #expect(try await host.status(of: [request.key]).map(\.state) == [.unknown])
        },
        HostCase("H2", "arguments that are longer than the host takes") { site in
            let long = String(repeating: "y", count: 300_000)
            try await expectFailure(site, site.start(["/bin/sh", "-c", "true", long]), "longer than this host allows")
        },
    ]

    /// Expects that a start fails as `configuration`, and that the host knows nothing of it afterwards.
    private static func expectFailure(_ site: Site, _ request: StartRequest, _ words: String) async throws {
        let host = site.open()
        let error = await #expect(throws: HostError.self) { try await host.start(request) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(words) ?? false, "\(error?.message ?? "")")
        #expect(error?.isOfHost == false)
        #expect(try await host.status(of: [request.key]).map(\.state) == [.unknown])
        let records =
            FileManager.default.enumerator(atPath: site.outside(site.state))?
            .compactMap { $0 as? String }.filter { $0.hasSuffix(".rec") || $0.hasSuffix(".log") } ?? []
        #expect(records == [])
    }
}

/// A small file system of its own on the host, to be filled or made read-only.
struct SmallDisk: Sendable {
    /// Where it is, as the host sees it.
    let path: String
    private let outside: String
    private let entry: [String]

    /// Mounts one.
    static func make(_ site: Site, _ path: String, kilobytes: Int = 512) async throws -> SmallDisk {
        try site.makeDirectory(path)
        let disk = SmallDisk(
            path: path,
            outside: site.outside(path),
            entry: site.remote.map { ["nsenter", "--mount", "--pid", "--target", "\($0.server.pid)"] } ?? []
        )
        let owner = site.remote.map { ",uid=\($0.account.number),gid=\($0.account.number)" } ?? ""
        let options = "size=\(kilobytes)k,mode=0700\(owner)"
        try await Command.run(disk.entry + ["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.target])
        return disk
    }

    func makeReadOnly() async throws { try await remount("ro") }

    /// Mounts it anew with an option of mount(8).
    func remount(_ option: String) async throws {
        try await Command.run(entry + ["mount", "-o", "remount,\(option)", "-t", "tmpfs", "tmpfs", target])
    }

    /// Fills it to the last byte.
    func fill() throws {
        let descriptor = Foundation.open("\(outside)/filler", O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 1, count: 4_096)
        while write(descriptor, bytes, bytes.count) > 0 {}
        while write(descriptor, bytes, 1) > 0 {}
    }

    /// Makes room again.
    func empty() { unlink("\(outside)/filler") }

    func remove() async throws { try await Command.run(entry + ["umount", "-l", target]) }

    private var target: String { entry.isEmpty ? outside : path }
}
