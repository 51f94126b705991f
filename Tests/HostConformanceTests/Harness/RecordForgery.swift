import FleetWire
import Foundation
import TestServers

extension Site {
    /// Rewrites the part of an attempt's record that names its processes, as a reused pid or a reboot would leave it.
    ///
    /// The program has `pid` from then on, and started in no tick that any live process did, unless `matching` names one.
    func rewriteLife(of key: AttemptKey, pid: UInt32, bootID: String? = nil, matching process: Int32? = nil) throws {
        let ticks = try process.map { try Site.startTicks(of: $0) } ?? 1
        let path = outside("\(state)/\(key.run)/\(key.task).\(key.attempt).rec")
        try RecordForgery.rewriteLife(path, pid: pid, ticks: ticks, bootID: bootID)
    }

    private static func startTicks(of pid: Int32) throws -> UInt64 {
        let stat = String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data(), as: UTF8.self)
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 20, let ticks = UInt64(fields[20]) else { throw SiteError("no start of \(pid)") }
        return ticks
    }
}
