#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Who this process is.
enum ProcessIdentity {
    /// Its pid.
    static var pid: pid_t { getpid() }
}
