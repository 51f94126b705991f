import CFleetTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A child process with pipes, in a session of its own, without a terminal, with default signals.
///
/// `posix_spawn(3)`; the child inherits its three descriptors and nothing else.
struct SpawnedProcess {
    /// The child's pid.
    let pid: pid_t
    /// Where its standard input is written; the caller owns it.
    let input: CInt
    /// Where its standard output is read; the caller owns it.
    let output: CInt
    /// Where its standard error is read; the caller owns it.
    let diagnostics: CInt

    /// Starts `arguments[0]`, a path, with exactly `environment`.
    ///
    /// - Throws: ``TransportError`` of code `configuration` where it cannot be run; then no descriptor is left.
    init(arguments: [String], environment: [String: String]) throws {
        guard let program = arguments.first else {
            throw TransportError(.configuration, "no program was given to run")
        }
        var pipes: [CInt] = []
        var isStarted = false
        defer { if !isStarted { for descriptor in pipes { _ = close(descriptor) } } }
        for _ in 0..<3 { pipes += try Self.makePipe() }

        let actions = try FileActions()
        actions.duplicate(pipes[0], as: 0)
        actions.duplicate(pipes[3], as: 1)
        actions.duplicate(pipes[5], as: 2)
        actions.closeOthers()
        let attributes = try SpawnAttributes()

        var child: pid_t = 0
        let result = withCStrings(arguments) { argv in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                actions.withPointer { actions in
                    attributes.withPointer { posix_spawn(&child, program, actions, $0, argv, envp) }
                }
            }
        }
        guard result == 0 else {
            throw TransportError(
                .configuration,
                "\(program) could not be started: \(String(cString: strerror(result)))",
                hint: "check that the file is there, whole and executable"
            )
        }
        isStarted = true
        for index in [0, 3, 5] { _ = close(pipes[index]) }
        pid = child
        input = pipes[1]
        output = pipes[2]
        diagnostics = pipes[4]
    }

    /// Waits on the calling thread until the child has ended; its pid stays taken (`waitid(2)`, WNOWAIT).
    static func awaitEnd(of pid: pid_t) {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0 {
            if errno != EINTR { return }
        }
    }

    /// Gives the pid of a child back that has ended, and says how it ended.
    static func reap(_ pid: pid_t) -> ChannelEnd.Status {
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return .unknown }
        }
        let signal = status & 0x7f
        return signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
    }

    /// Ends a child that was not reaped yet, at once.
    static func kill(_ pid: pid_t) {
        #if canImport(Glibc)
        _ = Glibc.kill(pid, SIGKILL)
        #elseif canImport(Musl)
        _ = Musl.kill(pid, SIGKILL)
        #else
        _ = Darwin.kill(pid, SIGKILL)
        #endif
    }

    private static func makePipe() throws -> [CInt] {
        var ends: [CInt] = [-1, -1]
        let result = cfleet_channel_pipe(&ends)
        guard result == 0 else {
            throw TransportError(
                .configuration,
                "no pipe could be made: \(String(cString: strerror(errno)))",
                hint: "raise the limit of open files (ulimit -n)"
            )
        }
        return ends
    }
}

/// Runs `body` with a null-terminated array of C strings.
private func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
