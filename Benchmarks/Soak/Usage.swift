import Foundation

/// What this process has.
struct Usage {
    /// Resident memory in bytes.
    let memory: Int
    /// Open descriptors.
    let descriptors: Int

    /// What it has now.
    static func now() -> Usage {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        let pages = fields.count > 1 ? Int(fields[1]) ?? 0 : 0
        let list = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return Usage(memory: pages * sysconf(Int32(_SC_PAGESIZE)), descriptors: list?.count ?? 0)
    }
}
