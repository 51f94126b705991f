import CFleetSupervisor

/// A file descriptor that is closed with its owner.
struct Descriptor: ~Copyable {
    /// The number, for calls that want one.
    let number: Int32

    /// Owns `number`.
    init(owning number: Int32) { self.number = number }

    deinit { _ = close(number) }

    /// Opens `path`, relative to `directory` where it is not absolute; always close-on-exec.
    ///
    /// - Throws: ``SystemFault`` as open(2) gives it.
    static func open(
        _ path: String,
        in directory: Int32 = AT_FDCWD,
        _ flags: Int32,
        mode: mode_t = 0o600
    ) throws(SystemFault) -> Descriptor {
        while true {
            let number = cfleet_openat(directory, path, flags, mode)
            if number >= 0 { return Descriptor(owning: number) }
            let fault = SystemFault.current
            if fault.number != EINTR { throw fault }
        }
    }

    /// Gives the number up to the caller, who closes it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// What fstat(2) says.
    func status() throws(SystemFault) -> stat { try fileStatus(of: number) }
}

/// What fstat(2) says of a descriptor.
func fileStatus(of descriptor: Int32) throws(SystemFault) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemFault.current }
    return status
}

extension stat {
    /// The file's type, as `S_IFMT` masks it.
    var type: mode_t { st_mode & 0o170000 }
    /// Whether it is a directory.
    var isDirectory: Bool { type == 0o040000 }
    /// Whether it is a regular file.
    var isRegular: Bool { type == 0o100000 }
}

/// Writes all of `bytes` at `offset`.
func writeFully(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) throws(SystemFault) {
    var done = 0
    while done < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
            pwrite(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
        }
        if count > 0 {
            done += count
        } else if count == 0 {
            throw SystemFault(number: EIO)
        } else if cfleet_errno() != EINTR {
            throw SystemFault.current
        }
    }
}

/// Reads at most `count` bytes from `offset`; fewer only at the file's end.
func readFully(_ descriptor: Int32, at offset: Int, count: Int) throws(SystemFault) -> [UInt8] {
    var fault: SystemFault?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count {
            let length = pread(
                descriptor,
                buffer.baseAddress.map { $0 + filled },
                count - filled,
                off_t(offset + filled)
            )
            if length > 0 {
                filled += length
            } else if length == 0 {
                return
            } else if cfleet_errno() != EINTR {
                fault = SystemFault.current
                return
            }
        }
    }
    if let fault { throw fault }
    return bytes
}

/// Reads a small file of unknown length, as those of `/proc` are; at most `limit` bytes.
func readSmallFile(_ path: String, limit: Int = 1 << 16) throws(SystemFault) -> [UInt8] {
    let file = try Descriptor.open(path, O_RDONLY)
    var bytes: [UInt8] = []
    while bytes.count < limit {
        let part = try readFully(file.number, at: bytes.count, count: min(limit - bytes.count, 4_096))
        if part.isEmpty { break }
        bytes.append(contentsOf: part)
    }
    return bytes
}
