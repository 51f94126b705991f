import Foundation
import Synchronization

/// A program that this process starts, watches and can end.
///
/// Instead of Foundation's `Process`, which crashes now and then after some hundreds of starts in one process.
package final class ChildProcess: Sendable {
    /// How a process has ended.
    package enum End: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
        /// Somebody else has taken notice of its end, and how that was is not known.
        case unknown
    }

    /// What a program is started with.
    package struct Plan: Sendable {
        /// The program's path, and its arguments.
        package var words: [String]
        /// Its whole environment; this process's where it is nil.
        package var variables: [String: String]?
        /// Its working directory; this process's where it is nil.
        package var directory: String?
        /// The file that it reads.
        package var input = "/dev/null"
        /// The file its standard output goes to, from its beginning.
        package var output = "/dev/null"
        /// The file its standard error goes to; where it is the same one, both go there in the order of writing.
        package var errors = "/dev/null"

        package init(_ words: [String]) { self.words = words }
    }

    /// The process's pid.
    package let processIdentifier: Int32
    private let ended = Mutex<End?>(nil)
    private let group = DispatchGroup()

    /// Starts a program.
    ///
    /// - Throws: ``Command/Failure`` where a file cannot be opened, or the program not be started.
    package init(_ plan: Plan) throws {
        var files: [Int32] = []
        defer { for file in Set(files) { close(file) } }
        func open(_ path: String, _ flags: Int32) throws -> Int32 {
            let file = Foundation.open(path, flags | O_CLOEXEC, 0o600)
            guard file >= 0 else {
                throw Command.Failure("\(path) cannot be opened: \(String(cString: strerror(errno)))")
            }
            return file
        }
        files.append(try open(plan.input, O_RDONLY))
        files.append(try open(plan.output, O_WRONLY | O_CREAT | O_TRUNC))
        files.append(plan.errors == plan.output ? files[1] : try open(plan.errors, O_WRONLY | O_CREAT | O_TRUNC))
        let variables = plan.variables ?? ProcessInfo.processInfo.environment
        // The system starts programs where this process is, as far as Swift knows it.
        let words = plan.directory.map { ["/usr/bin/env", "-C", $0] + plan.words } ?? plan.words
        let pid = try Command.spawn(words, variables.map { "\($0.key)=\($0.value)" }, files)
        processIdentifier = pid
        // A thread of its own: a pool's would be held for as long as the process runs.
        group.enter()
        Thread.detachNewThread { [self] in
            // Its pid stays its own until nobody can signal it any more.
            var state = siginfo_t()
            while waitid(P_PID, id_t(pid), &state, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            ended.withLock { end in
                var status: Int32 = 0
                var found = waitpid(pid, &status, 0)
                while found < 0, errno == EINTR { found = waitpid(pid, &status, 0) }
                end =
                    found != pid
                    ? .unknown : status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: status & 0x7f)
            }
            group.leave()
        }
    }

    /// How it ended; nil while it runs.
    package var end: End? { ended.withLock { $0 } }

    /// Whether it runs.
    package var isRunning: Bool { end == nil }

    /// Sends it a signal, where it runs.
    package func signal(_ number: Int32) {
        ended.withLock { end in
            if end == nil { kill(processIdentifier, number) }
        }
    }

    /// Returns when it has ended, and holds the thread until then.
    @discardableResult
    package func waitUntilExit() -> End {
        group.wait()
        return end ?? .unknown
    }

    /// Returns when it has ended; where the task is cancelled, it is killed.
    @discardableResult
    package func finish() async -> End {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                group.notify(queue: .global()) { continuation.resume() }
            }
        } onCancel: {
            signal(SIGKILL)
        }
        return end ?? .unknown
    }

    /// Starts a program, and returns when it has ended.
    @discardableResult
    package static func finish(_ plan: Plan) async throws -> End { await (try ChildProcess(plan)).finish() }
}
