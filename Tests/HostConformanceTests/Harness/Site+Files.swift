import FleetWire
import Foundation
import TestServers

/// Files and processes of the host, as the tests make and find them.
extension Site {
    /// Makes a directory of the account's own on the host.
    func makeDirectory(_ path: String) throws {
        // Each on the way that is not there yet, so that it is the account's too.
        let parent = (path as NSString).deletingLastPathComponent
        if !FileManager.default.fileExists(atPath: outside(parent)) { try makeDirectory(parent) }
        if !FileManager.default.fileExists(atPath: outside(path)) {
            try FileManager.default.createDirectory(
                atPath: outside(path),
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
        }
        give(path)
    }

    /// Makes a pipe in the working directory.
    func makePipe(_ name: String) throws {
        guard mkfifo(workFile(name), 0o600) == 0 else { throw SiteError("no pipe \(name)") }
        give("\(work)/\(name)")
    }

    /// Makes a link of the account's own.
    func makeLink(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: outside(path), withDestinationPath: target)
        give(path)
    }

    /// Gives the host's account what the tests made.
    func give(_ path: String) { if let remote { remote.account.give(path, on: remote.server) } }

    /// The pid here of a process that the host knows under another.
    func hostPID(_ pid: UInt32) -> Int32 {
        guard let remote else { return Int32(pid) }
        return remote.server.processes().first { $0.innerPid == Int32(pid) }?.pid ?? -1
    }
}

extension HostProcess {
    /// Whether the process has an attempt's key in its environment.
    func belongs(to key: AttemptKey) -> Bool {
        variables.contains("CODEWHALE_ATTEMPT_KEY=\(key.run)/\(key.task)/\(key.attempt)/\(key.nonce)")
    }
}
