#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How many files this process may hold open.
enum DescriptorLimit {
    /// What a host may take: the pipes of its clients, their logs, and channels for a delivery.
    static let perHost = 16
    /// What everything else may take.
    static let base = 512

    /// Raises the soft limit, as far as may be, where so many other machines need more than it.
    ///
    /// Programs on this machine inherit it. So it is no higher than that, and stays where it is for a few hosts.
    static func raise(forHosts count: Int) {
        guard count > 0 else { return }
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        let wanted = min(rlim_t(base + perHost * count), limit.rlim_max)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        _ = setrlimit(resource, &limit)
    }

    #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: CInt { CInt(RLIMIT_NOFILE) }
    #endif
}
