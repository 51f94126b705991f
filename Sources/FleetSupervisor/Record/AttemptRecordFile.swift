import CFleetSupervisor
import FleetWire

/// An attempt's record, opened.
///
/// Who holds its lock keeps the attempt alive: the shim, for as long as it lives.
struct AttemptRecordFile: ~Copyable {
    private let descriptor: Descriptor

    /// The descriptor's number, to be kept over a fork.
    var number: Int32 { descriptor.number }

    /// Wraps a descriptor that is open already.
    init(owning number: Int32) { descriptor = Descriptor(owning: number) }

    private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Makes the record, takes its lock and its space, and writes down the start.
    ///
    /// It is removed where that fails.
    ///
    /// - Throws: ``SystemFault`` with `EEXIST` where the attempt has a record.
    static func create(
        _ name: String,
        in directory: Int32,
        start: RecordStart
    ) throws(SystemFault) -> AttemptRecordFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
        let descriptor = try Descriptor.open(name, in: directory, flags)
        do throws(SystemFault) {
            var start = start
            start.fileNumber = UInt64(try descriptor.status().st_ino)
            guard let section = RecordLayout.encode(.start, start.wireBytes) else {
                throw SystemFault(number: ENAMETOOLONG)
            }
            while flock(descriptor.number, LOCK_EX) != 0 {
                let fault = SystemFault.current
                if fault.number != EINTR { throw fault }
            }
            let blocks = (RecordLayout.Section.start.offset + section.count - 1) / RecordLayout.block + 1
            try takeSpace(blocks * RecordLayout.block, for: descriptor.number)
            try writeFully(section, to: descriptor.number, at: RecordLayout.Section.start.offset)
        } catch {
            _ = unlinkat(directory, name, 0)
            throw error
        }
        return AttemptRecordFile(descriptor)
    }

    /// Takes the space of a new file; where the file system cannot give it unwritten, zeros are written.
    private static func takeSpace(_ length: Int, for descriptor: Int32) throws(SystemFault) {
        let failure = posix_fallocate(descriptor, 0, off_t(length))
        switch failure {
        case 0: return
        case EOPNOTSUPP, ENOSYS, EINVAL: try writeFully([UInt8](repeating: 0, count: length), to: descriptor, at: 0)
        default: throw SystemFault(number: failure)
        }
    }

    /// Opens the record; nothing where there is none, or something that is no file of ours.
    ///
    /// Who only looks opens it for reading alone: closing what was open for writing wakes all that watch.
    static func open(_ name: String, in directory: Int32, writing: Bool = false) throws(SystemFault)
        -> AttemptRecordFile?
    {
        let flags = (writing ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK
        let opened = cfleet_openat(directory, name, flags, 0)
        guard opened >= 0 else {
            let fault = SystemFault.current
            if fault.number == ENOENT { return nil }
            throw fault
        }
        let descriptor = Descriptor(owning: opened)
        let status = try descriptor.status()
        guard status.isRegular, status.st_uid == geteuid() else { throw SystemFault(number: EPERM) }
        return AttemptRecordFile(descriptor)
    }

    /// Writes one section; it is on its way to the disk, not there yet.
    func write(_ section: RecordLayout.Section, _ message: some WireMessage) throws(SystemFault) {
        guard let bytes = RecordLayout.encode(section, message.wireBytes) else { throw SystemFault(number: EMSGSIZE) }
        try writeFully(bytes, to: number, at: section.offset)
    }

    /// Waits until what was written is on the disk.
    func synchronize() throws(SystemFault) {
        guard fdatasync(number) == 0 else { throw SystemFault.current }
    }

    /// All sections as they are now.
    func read() throws(SystemFault) -> AttemptRecord {
        AttemptRecord(file: try readFully(number, at: 0, count: 80 << 10))
    }

    /// One section as it is now; nothing where it is missing or torn.
    func read<M: WireMessage>(_ section: RecordLayout.Section, as type: M.Type) -> M? {
        guard let bytes = try? readFully(number, at: section.offset, count: section.capacity) else { return nil }
        var file = [UInt8](repeating: 0, count: section.offset)
        file.append(contentsOf: bytes)
        return RecordLayout.decode(section, as: type, from: file)
    }

    /// Whether this is another file than the one in which the start was written down: a copy of that.
    func isCopy(of start: RecordStart) -> Bool {
        guard start.fileNumber != 0, let status = try? descriptor.status() else { return false }
        return UInt64(status.st_ino) != start.fileNumber
    }

    /// Takes the lock where nobody holds it.
    func tryLock(shared: Bool = false) -> Bool {
        while flock(number, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            if cfleet_errno() != EINTR { return false }
        }
        return true
    }

    /// Gives the lock back.
    func unlock() { _ = flock(number, LOCK_UN) }
}

/// What a record said when it was read.
struct AttemptRecord: Equatable {
    /// What was started; nothing where the record is torn.
    var start: RecordStart?
    /// Which processes there are; nothing before the program was started.
    var life: RecordLife?
    /// What was asked for last.
    var intent: RecordIntent?
    /// What an end could not do.
    var notice: AttemptReport?
    /// How the attempt ended; nothing before.
    var end: AttemptReport?

    /// Reads the sections of a file's bytes.
    init(file: [UInt8]) {
        start = RecordLayout.decode(.start, as: RecordStart.self, from: file)
        life = RecordLayout.decode(.life, as: RecordLife.self, from: file)
        intent = RecordLayout.decode(.intent, as: RecordIntent.self, from: file)
        notice = RecordLayout.decode(.notice, as: AttemptReport.self, from: file)
        end = RecordLayout.decode(.end, as: AttemptReport.self, from: file)
    }
}
