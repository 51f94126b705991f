import FleetHost
import FleetWire
import Foundation
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
            let disk = try SmallDisk(at: site.workFile("disk"))
            site.onEnd { try disk.remove() }
            try disk.makeReadOnly()
            var request = site.shell("true")
            request.workingDirectory = "\(site.work)/disk"
            try await expectFailure(site, request, "cannot be entered and written")
        },
        HostCase("H2.full", "a full disk under the state directory") { site in
            let disk = try SmallDisk(at: site.outside("\(site.work)/full"))
            site.onEnd { try disk.remove() }
            let host = site.open(state: "\(site.work)/full/state")
            // The directories are there before the disk is full, as they are on a host that filled up since.
            _ = try await host.start(site.shell("true"))
            try disk.fill()
            let request = site.shell("true", as: site.key("second"))
            let error = await #expect(throws: HostError.self) { try await host.start(request) }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("Free some space") ?? false)
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
        #expect(try await host.status(of: [request.key]).map(\.state) == [.unknown])
        let records =
            FileManager.default.enumerator(atPath: site.outside(site.state))?
            .compactMap { $0 as? String }.filter { $0.hasSuffix(".rec") || $0.hasSuffix(".log") } ?? []
        #expect(records == [])
    }
}

/// A small file system of its own, to be filled or made read-only.
final class SmallDisk: Sendable {
    let path: String

    init(at path: String, kilobytes: Int = 512) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k,mode=0700") == 0 else {
            throw SiteError("tmpfs cannot be mounted")
        }
    }

    func makeReadOnly() throws {
        guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 else {
            throw SiteError("the disk cannot be made read-only")
        }
    }

    /// Fills it to the last byte.
    func fill() throws {
        let descriptor = Foundation.open("\(path)/filler", O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let bytes = [UInt8](repeating: 1, count: 4_096)
        while write(descriptor, bytes, bytes.count) > 0 {}
        while write(descriptor, bytes, 1) > 0 {}
    }

    /// Makes room again.
    func empty() { unlink("\(path)/filler") }

    func remove() throws {
        guard umount2(path, Int32(MNT_DETACH)) == 0 else { throw SiteError("\(path) cannot be unmounted") }
    }
}
