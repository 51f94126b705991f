import Foundation

/// A process as `/proc` shows it.
package struct HostProcess: Sendable {
    /// Its pid here.
    package let pid: Int32
    /// Its pid in its own pid namespace.
    package let innerPid: Int32
    /// Its parent's pid here.
    package let parent: Int32
    /// Its process group and session, as this machine sees them.
    package let group: Int32
    package let session: Int32
    /// The state's letter.
    package let state: String
    /// Its command line, its words with blanks between.
    package let command: String
    /// Its environment, each `NAME=value`.
    package let variables: [String]
    /// Its real user id.
    package let user: UInt32
    /// Its root directory.
    package let root: String

    /// All processes but zombies.
    package static func all() -> [HostProcess] { pids().compactMap(read) }

    /// Those of one pid namespace: of a container.
    package static func all(inNamespaceOf pid: Int32) -> [HostProcess] {
        guard let space = namespace(pid) else { return [] }
        return pids().filter { namespace($0) == space }.compactMap(read)
    }

    /// The children of this process.
    package static func children() -> [HostProcess] { all().filter { $0.parent == getpid() } }

    /// A process; nil where there is none, or a zombie.
    package static func read(_ pid: Int32) -> HostProcess? {
        guard let stat = content("/proc/\(pid)/stat"), let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 4, fields[0] != "Z" else { return nil }
        let status = content("/proc/\(pid)/status") ?? ""
        func numbers(_ name: String) -> [Substring] {
            status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?.split(separator: "\t").dropFirst()
                .map { $0 } ?? []
        }
        return HostProcess(
            pid: pid,
            innerPid: numbers("NSpid").last.flatMap { Int32($0) } ?? pid,
            parent: Int32(fields[1]) ?? 0,
            group: Int32(fields[2]) ?? 0,
            session: Int32(fields[3]) ?? 0,
            state: String(fields[0]),
            command: content("/proc/\(pid)/cmdline")?.split(separator: "\0").joined(separator: " ") ?? "",
            variables: content("/proc/\(pid)/environ")?.split(separator: "\0").map(String.init) ?? [],
            user: numbers("Uid").first.flatMap { UInt32($0) } ?? 0,
            root: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/root")) ?? ""
        )
    }

    /// Whether the process runs; a zombie does not.
    package static func isAlive(_ pid: Int32) -> Bool { read(pid) != nil }

    private static func pids() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    private static func namespace(_ pid: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/pid")
    }

    private static func content(_ path: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension HostProcess {
    /// Who it is, what it waits in, and what it has open: for messages of tests.
    package var details: String {
        let place = "/proc/\(pid)"
        let state = (try? String(contentsOfFile: "\(place)/wchan", encoding: .utf8)) ?? ""
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: "\(place)/fd")) ?? []).sorted()
            .map { "\($0) \((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(place)/fd/\($0)")) ?? "")" }
        return "\(pid) of \(parent) in \(state): \(command); \(files.joined(separator: ", "))"
    }
}
