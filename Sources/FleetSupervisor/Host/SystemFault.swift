import CFleetSupervisor

/// A system call's failure.
struct SystemFault: Error, Equatable {
    /// The errno.
    let number: Int32

    /// The calling thread's errno as it is now.
    static var current: SystemFault { SystemFault(number: cfleet_errno()) }

    /// The C library's words for it, such as `No space left on device`.
    var words: String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }

    /// Whether the disk or the account's part of it is full.
    var isFull: Bool { number == ENOSPC || number == EDQUOT }
}
