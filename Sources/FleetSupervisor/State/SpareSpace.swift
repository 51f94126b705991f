import CFleetSupervisor

/// A file in the state directory that holds a little space and nothing else.
///
/// To give up an attempt of a run that the host has never heard of, its directory is made and its mark written: on a
/// disk that is full this space is given away for that.
enum SpareSpace {
    /// The file's name; no run has such an id.
    static let name = ".spare"
    private static let length: off_t = 16_384

    /// Takes the space, where it is not taken already and the file system can.
    static func take(in directory: Int32) {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        guard let file = try? Descriptor.open(name, in: directory, flags), let status = try? file.status() else {
            return
        }
        if off_t(status.st_blocks) * 512 < length { _ = cfleet_reserve(file.number, 0, length) }
    }

    /// Gives it away.
    ///
    /// - Returns: whether there was any.
    static func release(in directory: Int32) -> Bool {
        guard let file = try? Descriptor.open(name, in: directory, O_WRONLY | O_NOFOLLOW | O_NONBLOCK),
            let status = try? file.status(), status.st_blocks > 0
        else { return false }
        return unlinkat(directory, name, 0) == 0
    }
}
