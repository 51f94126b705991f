import CFleetSupervisor

/// Tells one life of a host, or of a container on it, from the next.
struct HostIdentity: Equatable {
    /// The kernel's boot id.
    ///
    /// Containers of one machine share it.
    var bootID: String
    /// The pid namespace, and when its first process started: a container that is started again gets another.
    var namespace: String

    /// That of the calling process.
    static func current() -> HostIdentity {
        let boot = (try? readSmallFile("/proc/sys/kernel/random/boot_id", limit: 64)) ?? []
        var status = stat()
        let number = stat("/proc/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0
        let first = ProcessStat.read(1)?.startTicks ?? 0
        return HostIdentity(
            bootID: String(decoding: boot.prefix { $0 > 0x20 }, as: UTF8.self),
            namespace: "\(number):\(first)"
        )
    }
}
