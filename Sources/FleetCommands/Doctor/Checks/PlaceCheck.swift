/// Directories and programs on a host.
enum PlaceCheck {
    /// Less room than this is worth a warning, in bytes.
    static let roomLimit: Int64 = 100_000_000

    /// The account's home.
    static func home(_ home: HostFacts.Directory) -> Finding {
        guard home.state == .writable else {
            return .error(
                .home,
                "the account's home is \(words(home.state))",
                remedy: "the supervisor and its state stand there: give the account a home that it may write"
            )
        }
        return room(.home, nil, home.free)
    }

    /// A working directory.
    static func directory(_ path: String, _ directory: HostFacts.Directory) -> Finding {
        switch directory.state {
        case .writable: room(.workingDirectory, path, directory.free)
        case .missing:
            .error(.workingDirectory, of: path, "it is not there", remedy: "make it on the host: mkdir -p \(path)")
        case .file:
            .error(
                .workingDirectory,
                of: path,
                "it is no directory",
                remedy: "name a directory in \"working_directory\""
            )
        case .readonly:
            .error(
                .workingDirectory,
                of: path,
                "the account may not write there, or the disk is full or read-only",
                remedy: "let the account write there, free some space, or name another \"working_directory\""
            )
        }
    }

    /// A program that workers run.
    static func program(_ program: DoctorTarget.Program, _ state: HostFacts.ProgramState) -> Finding {
        let found: String
        switch state {
        case .found:
            return .ok(.program, of: program.name, program.name.contains("/") ? "it can be run" : "found on PATH")
        case .missing:
            found = program.name.contains("/") ? "it is not there" : "it is not on PATH"
        case .noexec: found = "it may not be run"
        case .directory: found = "it is a directory"
        }
        let remedy =
            program.name.contains("/")
            ? "put the worker program there, or name its path in \"codewhale_binary\" or \"exec\""
            : "install it, or name its directory in the host's \"path\""
        return Finding(
            severity: program.isNeeded ? .error : .warning,
            check: .program,
            subject: program.name,
            found: program.isNeeded ? found : "\(found); only tasks with instructions need it",
            remedy: state == .noexec ? "chmod +x \(program.name)" : remedy
        )
    }

    private static func room(_ check: Finding.Check, _ path: String?, _ free: Int64?) -> Finding {
        guard let free else { return .ok(check, of: path, "writable") }
        guard free < roomLimit else { return .ok(check, of: path, "writable, \(Wording.bytes(free)) free") }
        return .warning(
            check,
            of: path,
            "writable, but only \(Wording.bytes(free)) are free",
            remedy: "free some space on that disk"
        )
    }

    private static func words(_ state: HostFacts.DirectoryState) -> String {
        switch state {
        case .writable: "writable"
        case .readonly: "not writable"
        case .file: "no directory"
        case .missing: "not there"
        }
    }
}
