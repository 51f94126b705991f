import Foundation
import Testing

@testable import FleetLedger

/// File systems of their own for a test: small ones, or such that cannot be written.
enum Mounts {
    /// Whether this process may mount: as root, and not in a container that forbids it.
    static let areAllowed: Bool = {
        guard geteuid() == 0 else { return false }
        let path = NSTemporaryDirectory() + "/fleet-mount-test-\(UUID().uuidString)"
        guard mkdir(path, 0o700) == 0 else { return false }
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return false }
        return umount(path) == 0
    }()

    /// A workspace on a file system of so many KiB, unmounted at the end.
    static func withWorkspace(kibibytes: Int, _ body: (Workspace) throws -> Void) throws {
        try withDirectory { directory in
            let path = directory + "/mounted"
            try #require(mkdir(path, 0o700) == 0)
            try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(kibibytes)k,mode=0700") == 0)
            defer { #expect(umount(path) == 0, "\(String(cString: strerror(errno)))") }
            let workspace = Workspace(root: path)
            try workspace.initialize()
            try body(workspace)
        }
    }

    /// Makes the file system of a workspace one that cannot be written, or one that can.
    static func remount(_ workspace: Workspace, readOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0)
        try #require(mount("tmpfs", workspace.root, "tmpfs", flags, nil) == 0)
    }

    /// Takes what is left of a file system, and returns the file that holds it.
    static func fill(_ workspace: Workspace) throws -> String {
        let path = workspace.root + "/filler"
        let file = try File(path, .append, .ifMissing)
        for size in [4_096, 1] {
            while (try? file.write([UInt8](repeating: 1, count: size))) != nil {}
        }
        return path
    }
}
