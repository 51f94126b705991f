import FleetCore

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

#if canImport(Darwin)
private typealias RawActions = posix_spawn_file_actions_t?
private typealias RawAttributes = posix_spawnattr_t?
#else
private typealias RawActions = posix_spawn_file_actions_t
private typealias RawAttributes = posix_spawnattr_t
#endif

/// A program that this process started and waits for, in a process group (or session) of its own, without input.
struct ChildProcess: Sendable {
    /// Where the program's output goes.
    enum Output: Sendable {
        /// Into two pipes, which the caller reads.
        case pipes
        /// Where ours goes.
        case inherited
        /// Into a file, both streams.
        case file(CInt)
    }

    /// The process, and the group of it.
    let pid: pid_t
    /// Where its standard output is read, which the caller owns; nil where there is no pipe.
    let output: CInt?
    /// Where its standard error is read, which the caller owns; nil where there is no pipe.
    let diagnostics: CInt?

    /// Starts `arguments[0]`, which is looked for in `PATH` where it has no slash, with our variables.
    ///
    /// Its signals have their default actions; of our descriptors it gets 0 (`/dev/null`), 1 and 2.
    ///
    /// - Throws: why it could not be started; then nothing is left open.
    init(
        _ arguments: [String],
        output destination: Output,
        asSession: Bool = false
    ) throws(System.Failure) {
        var pipes: [CInt] = []
        var isStarted = false
        defer { if !isStarted { for end in pipes { System.close(end) } } }
        if case .pipes = destination {
            pipes += try Self.makePipe()
            pipes += try Self.makePipe()
        }
        let result = Self.spawn(arguments, destination, pipes: pipes, asSession: asSession)
        guard result.error == 0 else { throw System.Failure(number: result.error) }
        isStarted = true
        pid = result.pid
        if pipes.isEmpty {
            output = nil
            diagnostics = nil
        } else {
            System.close(pipes[1])
            System.close(pipes[3])
            output = pipes[0]
            diagnostics = pipes[2]
        }
    }

    /// Sends a signal to the program's whole group; call it before ``reap()`` only.
    func signal(_ number: CInt) { _ = kill(-pid, number) }

    /// Returns when the program has ended, and leaves its status to ``reap()``.
    func waitForEnd() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    }

    /// Whether the program has ended; its status is left to ``reap()``.
    var hasEnded: Bool {
        var info = siginfo_t()
        // Where it has not, the structure stays as it was (`waitid(2)`).
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_signo != 0
    }

    /// How the program ended; waits for it.
    func reap() -> ExitStatus {
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return .code(-1) }
        }
        let signal = status & 0x7f
        return signal == 0 ? .code(Int((status >> 8) & 0xff)) : .signal(Int(signal))
    }

    /// Two ends of a pipe that no child inherits: the one to read, the one to write.
    static func makePipe() throws(System.Failure) -> [CInt] {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw System.Failure(number: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    private static func spawn(
        _ arguments: [String],
        _ destination: Output,
        pipes: [CInt],
        asSession: Bool
    ) -> (pid: pid_t, error: CInt) {
        withUnsafeTemporaryAllocation(of: RawActions.self, capacity: 1) { actions in
            withUnsafeTemporaryAllocation(of: RawAttributes.self, capacity: 1) { attributes in
                guard let actions = actions.baseAddress, let attributes = attributes.baseAddress else {
                    return (0, ENOMEM)
                }
                posix_spawn_file_actions_init(actions)
                defer { posix_spawn_file_actions_destroy(actions) }
                posix_spawnattr_init(attributes)
                defer { posix_spawnattr_destroy(attributes) }

                posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0)
                switch destination {
                case .pipes:
                    posix_spawn_file_actions_adddup2(actions, pipes[1], 1)
                    posix_spawn_file_actions_adddup2(actions, pipes[3], 2)
                case .inherited: break
                case .file(let descriptor):
                    posix_spawn_file_actions_adddup2(actions, descriptor, 1)
                    posix_spawn_file_actions_adddup2(actions, descriptor, 2)
                }
                setAttributes(attributes, asSession: asSession)

                var pid: pid_t = 0
                let pointers = arguments.map { strdup($0) }
                defer { for pointer in pointers { free(pointer) } }
                let error = posix_spawnp(&pid, arguments[0], actions, attributes, pointers + [nil], environ)
                return (pid, error)
            }
        }
    }

    private static func setAttributes(_ attributes: UnsafeMutablePointer<RawAttributes>, asSession: Bool) {
        var every = sigset_t()
        var none = sigset_t()
        sigfillset(&every)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(attributes, &every)
        posix_spawnattr_setsigmask(attributes, &none)
        var flags = CInt(POSIX_SPAWN_SETSIGDEF) | CInt(POSIX_SPAWN_SETSIGMASK)
        if asSession {
            #if canImport(Darwin)
            flags |= CInt(POSIX_SPAWN_SETSID)
            #else
            // glibc hides POSIX_SPAWN_SETSID (spawn.h) behind _GNU_SOURCE; its value is part of the ABI.
            flags |= 0x80
            #endif
        } else {
            flags |= CInt(POSIX_SPAWN_SETPGROUP)
            posix_spawnattr_setpgroup(attributes, 0)
        }
        #if canImport(Darwin)
        flags |= CInt(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #endif
        posix_spawnattr_setflags(attributes, Int16(flags))
    }
}

/// Waits for several descriptors at once (`poll(2)`).
enum Readiness {
    /// Which of the descriptors have something to read or are at their end; none after `milliseconds` (-1: waits).
    static func wait(_ descriptors: [CInt], milliseconds: CInt) -> Set<CInt> {
        var waiting = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { return [] }
        return Set(waiting.filter { $0.revents != 0 }.map(\.fd))
    }
}
