import Foundation
import TestServers

/// A small disk of its own for a workspace's state, which can be filled.
enum TortureDisk {
    /// Mounts one, where this account may.
    ///
    /// - Returns: whether there is one; what is missing is said.
    static func mount(on bench: Bench) throws -> Bool {
        let path = bench.path(".codewhale")
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        guard Glibc.mount("codewhale-torture", path, "tmpfs", 0, "size=32m,mode=700") == 0 else {
            print("gap: torture goes without a full disk, as none can be mounted: \(String(cString: strerror(errno)))")
            return false
        }
        return true
    }

    /// Takes it away, also from who still uses it.
    static func unmount(from bench: Bench) { umount2(bench.path(".codewhale"), Int32(MNT_DETACH)) }
}
