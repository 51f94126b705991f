import CFleetSupervisor

/// Regular files below a directory, whatever links a program put in the way.
enum InnerFile {
    /// Opens one for reading; its path leads nowhere out of `directory`.
    ///
    /// - Throws: ``SystemFault``: `EXDEV` for a path that leads out, `EINVAL` for what is no regular file.
    static func open(_ path: String, in directory: Int32) throws(SystemFault) -> Descriptor {
        guard !path.isEmpty, !path.hasPrefix("/"), !path.utf8.contains(0) else { throw SystemFault(number: EXDEV) }
        let number = cfleet_open_beneath(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard number >= 0 else { throw SystemFault.current }
        let file = Descriptor(owning: number)
        guard try file.status().isRegular else { throw SystemFault(number: EINVAL) }
        return file
    }
}
