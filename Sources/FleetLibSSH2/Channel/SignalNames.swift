#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Signals as `exit-signal` names them (RFC 4254, section 6.10), and as some hosts name others.
enum SignalNames {
    private static let numbers: [String: Int32] = [
        "ABRT": SIGABRT, "ALRM": SIGALRM, "FPE": SIGFPE, "HUP": SIGHUP, "ILL": SIGILL, "INT": SIGINT, "KILL": SIGKILL,
        "PIPE": SIGPIPE, "QUIT": SIGQUIT, "SEGV": SIGSEGV, "TERM": SIGTERM, "USR1": SIGUSR1, "USR2": SIGUSR2,
        "BUS": SIGBUS, "XCPU": SIGXCPU, "XFSZ": SIGXFSZ, "SYS": SIGSYS, "TRAP": SIGTRAP, "VTALRM": SIGVTALRM,
        "PROF": SIGPROF,
    ]

    /// The signal's number here; nil for a name that is not known.
    static func number(of name: String) -> Int32? { numbers[name] }
}
