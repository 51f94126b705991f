import Foundation

/// Runs programs of this machine to their end: docker, ssh-keygen, and the like.
package enum Command {
    /// What a program said.
    package struct Output: Sendable {
        /// Its exit code.
        package let code: Int32
        /// Its standard output.
        package let text: String
        /// Its standard error.
        package let errors: String
    }

    /// Why a program did not do what it was to.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    /// Runs a program, looked for in `PATH`, off the cooperative pool.
    ///
    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - variables: what its environment has beside this process's.
    ///   - input: its standard input.
    ///   - mayFail: whether another code than 0 is no error.
    /// - Returns: what came of it.
    /// - Throws: ``Failure`` where it cannot be started, or ends with another code than 0 and `mayFail` is false.
    @discardableResult
    package static func run(
        _ words: [String],
        variables: [String: String] = [:],
        input: String = "",
        mayFail: Bool = false
    ) async throws -> Output {
        let output: Output = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global()
                .async {
                    continuation.resume(with: Result { try runBlocking(words, variables, input) })
                }
        }
        guard mayFail || output.code == 0 else {
            throw Failure("\(words.joined(separator: " ")) ended with \(output.code): \(output.errors)\(output.text)")
        }
        return output
    }

    /// Joined to files instead of pipes: whoever inherits them holds up nobody.
    static func runBlocking(
        _ words: [String],
        _ variables: [String: String],
        _ input: String
    ) throws -> Output {
        let files = try ["in", "out", "err"]
            .map { name in
                var path = Array("/tmp/cwt-\(name)-XXXXXX".utf8CString)
                let descriptor = mkstemp(&path)
                guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                    throw Failure("no temporary file")
                }
                path.withUnsafeBufferPointer { if let name = $0.baseAddress { _ = unlink(name) } }
                return descriptor
            }
        defer { for file in files { close(file) } }
        guard pwrite(files[0], input, input.utf8.count, 0) == input.utf8.count else {
            throw Failure("a temporary file cannot be written")
        }
        let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }.map { "\($0.key)=\($0.value)" }
        let pid = try spawn(words, environment, files)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { throw Failure("\(words[0]) is lost") } }
        return Output(
            code: status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f,
            text: content(of: files[1]),
            errors: content(of: files[2])
        )
    }

    /// Starts a program with these files as its first descriptors, in a process group of its own: what ends the
    /// tests' whole group does not reach it.
    static func spawn(_ words: [String], _ environment: [String], _ files: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files.enumerated() { posix_spawn_file_actions_adddup2(&actions, file, Int32(number)) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of a pool block most signals, and a program in the background ignores some: no shell hands that on.
        var (every, none) = (sigset_t(), sigset_t())
        sigfillset(&every)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &every)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        )
        let pointers = [words, environment].map { list in list.map { strdup($0) } }
        defer { for pointer in pointers.joined() { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, words[0], &actions, &attributes, pointers[0] + [nil], pointers[1] + [nil])
        guard result == 0 else { throw Failure("\(words[0]) cannot be started: \(String(cString: strerror(result)))") }
        return pid
    }

    private static func content(of file: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(lseek(file, 0, SEEK_END)))
        let count = pread(file, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
