import CFleetSupervisor
import FleetWire

/// Why an attempt could not be started, in sentences that say what to do.
extension Shim {
    /// What a step of the start failed of.
    func startFailure(_ spawned: cfleet_spawned) -> WireFailure {
        let fault = SystemFault(number: spawned.error)
        switch UInt32(spawned.step) {
        case cfleet_step_directory.rawValue: return workingDirectoryFailure(fault)
        case cfleet_step_execute.rawValue: return programFailure(fault)
        default: return noResources(fault)
        }
    }

    /// The host has no process or descriptor left for us.
    func noResources(_ fault: SystemFault) -> WireFailure {
        WireFailure(
            .inputOutput,
            "The host refused another process or descriptor to this account (\(fault.words)). "
                + "Lower max_concurrent_tasks, or raise the account's limits (`ulimit -u`, `ulimit -n`)."
        )
    }

    /// The attempt's record cannot be written.
    func recordFailure(_ fault: SystemFault) -> WireFailure {
        WireFailure(
            .inputOutput,
            "The record of attempt \(order.request.key.attempt) of task \(order.request.key.task) cannot be written "
                + "(\(fault.words))."
        )
    }

    /// The working directory cannot be used.
    func workingDirectoryFailure(_ fault: SystemFault) -> WireFailure {
        let directory = order.start.workingDirectory
        switch fault.number {
        case ENOENT:
            return WireFailure(
                .configuration,
                "The working directory \(directory) does not exist. Create it, or correct working_directory."
            )
        case ENOTDIR:
            return WireFailure(
                .configuration,
                "The working directory \(directory) is no directory. Correct working_directory."
            )
        case EACCES, EROFS, EPERM:
            return WireFailure(
                .configuration,
                "The working directory \(directory) cannot be entered and written by this account (\(fault.words)). "
                    + "Change its permissions, or correct working_directory."
            )
        default:
            return WireFailure(.configuration, "The working directory \(directory) cannot be used (\(fault.words)).")
        }
    }

    /// A place for log or artifacts cannot be made.
    func placeFailure(_ place: String, _ fault: SystemFault) -> WireFailure {
        let remedy = fault.isFull ? "Free some space on its disk." : "Make it writable for this account."
        return WireFailure(.configuration, "\(place) cannot be used (\(fault.words)). \(remedy)")
    }

    private func programFailure(_ fault: SystemFault) -> WireFailure {
        let program = order.arguments.first ?? ""
        let isPath = program.utf8.contains(UInt8(ascii: "/"))
        // It was looked for from the working directory, where this process is not.
        let path = program.utf8.first == UInt8(ascii: "/") ? program : "\(order.start.workingDirectory)/\(program)"
        var status = stat()
        let isThere = isPath && stat(path, &status) == 0
        let sentence =
            switch fault.number {
            case EACCES where isThere && status.isDirectory:
                "The program \(program) is a directory. Correct the path."
            case ENOENT where isThere:
                "The program \(program) names an interpreter that does not exist. Correct its first line, or install "
                    + "what it needs."
            case ENOENT where isPath, ENOTDIR where isPath:
                "The program \(program) does not exist. Correct the path, or install it."
            case ENOENT, ENOTDIR:
                "The program \(program) is not on the attempt's PATH. Install it, add its directory to the host's "
                    + "`path`, or write its full path."
            case EACCES:
                "The program \(program) cannot be executed (\(fault.words)). Run `chmod +x` on it, or check the "
                    + "mount's noexec option."
            case ENOEXEC:
                "The program \(program) has no form that this host executes. Begin a script with `#!`, or build it "
                    + "for this host."
            case E2BIG:
                "The arguments and variables are together longer than this host allows. Pass long input in a file."
            default:
                "The program \(program) cannot be executed (\(fault.words))."
            }
        return WireFailure(.configuration, sentence)
    }
}
