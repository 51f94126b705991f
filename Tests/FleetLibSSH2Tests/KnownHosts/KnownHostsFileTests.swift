import FleetTransport
import Foundation
import TestServers
import Testing

@testable import FleetLibSSH2

@Suite("Files of known hosts")
struct KnownHostsFileTests {
    @Test("are read as they are", arguments: [0, 1, 65_535, 65_536, 65_537, 300_000])
    func content(_ length: Int) throws {
        let path = try PrivateDirectory.make("known") + "/file"
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let file = try KnownHosts.File.read(path)
        #expect(file.path == path && file.bytes == bytes && file.fault == nil)
    }

    @Test("know no key where they are not there", arguments: ["missing", "missing/file", "file/below"])
    func missing(_ name: String) throws {
        let directory = try PrivateDirectory.make("known")
        try Data().write(to: URL(fileURLWithPath: directory + "/file"))
        let file = try KnownHosts.File.read(directory + "/" + name)
        #expect(file.bytes == [] && file.fault == nil)
    }

    @Test("know no key where they cannot be read, and that is found")
    func directory() throws {
        let path = try PrivateDirectory.make("known")
        let hosts = KnownHosts(files: [try .read(path)])
        #expect(hosts.findings.map(\.place) == [.init(path: path, line: nil)])
        #expect(hosts.host("a", port: 22).findings == hosts.findings)
        #expect(hosts.findings.first?.why.hasPrefix("it cannot be read: ") ?? false)
    }

    @Test("a pipe to which nobody writes holds up nobody", .timeLimit(.minutes(1)))
    func pipe() throws {
        let path = try PrivateDirectory.make("known") + "/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        #expect(try KnownHosts.File.read(path).bytes == [])
    }

    @Test("that are longer than any are refused, also without an end", arguments: [true, false])
    func limit(_ isDevice: Bool) throws {
        let path = isDevice ? "/dev/zero" : try PrivateDirectory.make("known") + "/file"
        if !isDevice {
            try Data().write(to: URL(fileURLWithPath: path))
            try #require(truncate(path, off_t(KnownHosts.File.limit)) == 0)
            #expect(try KnownHosts.File.read(path).bytes.count == KnownHosts.File.limit)
            try #require(truncate(path, off_t(KnownHosts.File.limit + 1)) == 0)
        }
        let error = #expect(throws: TransportError.self) { try KnownHosts.File.read(path) }
        #expect(error?.code == .configuration && error?.message.contains(path) ?? false)
    }

    @Test(
        "none is left open",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd"), "gap: open files cannot be seen here")
    )
    func descriptors() throws {
        let path = try PrivateDirectory.make("known") + "/file"
        try Data("a".utf8).write(to: URL(fileURLWithPath: path))
        _ = try KnownHosts.File.read(path)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
        #expect(!open.isEmpty && !open.contains(path))
    }
}
