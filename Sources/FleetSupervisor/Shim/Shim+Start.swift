import CFleetSupervisor
import FleetWire

extension Shim {
    /// Starts the program and says so, in the record and to `attach`.
    ///
    /// - Throws: ``WireFailure`` with what to do, where it cannot be started.
    func start() throws(WireFailure) {
        _ = cfleet_become_subreaper()
        let composed = order.environment.compose(order.request, artifacts: order.start.artifactsDirectory)
        try checkWorkingDirectory()
        try makePlaces()
        var ends: [Int32] = [-1, -1]
        guard cfleet_pipe(&ends) == 0 else { throw noResources(SystemFault.current) }
        _ = cfleet_set_nonblocking(ends[0])
        signals = cfleet_signal_descriptor()
        guard signals >= 0 else { throw noResources(SystemFault.current) }
        let before = Clock.bootTicks
        life.startedAt = Clock.wall
        let spawned = spawn(composed, output: ends[1])
        _ = close(ends[1])
        output = ends[0]
        program = spawned.pid
        guard spawned.step == Int32(cfleet_step_none.rawValue) else {
            if spawned.pid > 0 { while waitpid(spawned.pid, nil, 0) < 0, cfleet_errno() == EINTR {} }
            throw startFailure(spawned)
        }
        let after = Clock.bootTicks
        setDeadline()
        watchLease()
        life.host = order.host
        life.shim = RecordedProcess(pid: UInt32(getpid()), from: order.forkedAt, to: before)
        life.program = RecordedProcess(pid: UInt32(program), from: before, to: after)
        life.outputPipe = UInt64((try? fileStatus(of: output))?.st_ino ?? 0)
        do throws(SystemFault) {
            try record.write(.life, life)
        } catch {
            // Nobody could find the program again, or end it.
            endUnrecorded()
            throw recordFailure(error)
        }
        report.pid = UInt32(program)
        report.startedAt = life.startedAt
        report.revision = Revision.running
        ShimMessage.started(report).send(order.number, to: order.pipe)
    }

    /// Removes what was made for an attempt that could not be started, says why, and ends.
    func giveUp(_ failure: WireFailure) -> Never {
        _ = rmdir(order.start.artifactsDirectory)
        _ = unlinkat(order.directory, order.request.key.recordName, 0)
        var failure = failure
        if failure.message.utf8.count > 3_500 {
            failure.message = String(decoding: failure.message.utf8.prefix(3_400), as: UTF8.self) + "…"
        }
        ShimMessage.failed(failure).send(order.number, to: order.pipe)
        _exit(1)
    }

    private func spawn(_ composed: (entries: [String], path: String), output: Int32) -> cfleet_spawned {
        let arguments = order.arguments
        let candidates = ProgramEnvironment.candidates(arguments.first ?? "", path: composed.path)
        return order.start.workingDirectory.withCString { directory in
            var program = cfleet_program(
                paths: vectorOfStrings(candidates),
                arguments: vectorOfStrings(arguments),
                environment: vectorOfStrings(composed.entries),
                directory: directory,
                input: order.null,
                output: output
            )
            return cfleet_spawn(&program)
        }
    }

    private func setDeadline() {
        guard order.request.timeout > 0 else { return }
        deadline = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC))
        guard deadline >= 0 else { return }
        let milliseconds = min(order.request.timeout, 1 << 42)
        var setting = itimerspec()
        setting.it_value.tv_sec = time_t(milliseconds / 1_000)
        setting.it_value.tv_nsec = Int(milliseconds % 1_000) * 1_000_000
        timerfd_settime(deadline, 0, &setting, nil)
    }

    private func checkWorkingDirectory() throws(WireFailure) {
        let directory = order.start.workingDirectory
        guard access(directory, W_OK | X_OK) != 0 else { return }
        throw workingDirectoryFailure(SystemFault.current)
    }

    private func makePlaces() throws(WireFailure) {
        if let parent = parentDirectory(of: order.start.logPath), access(parent, W_OK | X_OK) != 0 {
            do throws(SystemFault) {
                guard cfleet_errno() == ENOENT else { throw SystemFault.current }
                try makeDirectories(parent)
            } catch {
                throw placeFailure("The log's directory \(parent)", error)
            }
        }
        let artifacts = order.start.artifactsDirectory
        do {
            try makeDirectories(artifacts)
        } catch {
            throw placeFailure("The artifacts directory \(artifacts)", error)
        }
    }
}
