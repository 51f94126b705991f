import CFleetSupervisor

/// What `/proc/<pid>/stat` says of a process (proc(5)).
struct ProcessStat: Equatable {
    /// The process.
    var pid: pid_t
    /// Its state, as one letter: `Z` and `X` are dead.
    var state: UInt8
    /// Its parent.
    var parent: pid_t
    /// Its session.
    var session: pid_t
    /// When it started, in clock ticks since boot.
    var startTicks: UInt64

    /// Whether it runs no more: a zombie is dead.
    var isDead: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") || state == UInt8(ascii: "x") }

    /// Stands for a live process of another account that `/proc` does not show, as it is mounted with `hidepid`
    /// (proc(5)): no more than its parent is known of it, and it cannot be signalled.
    static func hidden(_ pid: pid_t, parent: pid_t) -> ProcessStat {
        ProcessStat(pid: pid, state: UInt8(ascii: "?"), parent: parent, session: 0, startTicks: 0)
    }

    /// Whether it is one that `/proc` does not show.
    var isHidden: Bool { state == UInt8(ascii: "?") }

    /// Reads that of `pid`; nothing where there is no such process.
    static func read(_ pid: pid_t) -> ProcessStat? {
        guard let bytes = try? readSmallFile("/proc/\(pid)/stat", limit: 4_096) else { return nil }
        return ProcessStat(parsing: bytes)
    }

    init(pid: pid_t, state: UInt8, parent: pid_t, session: pid_t, startTicks: UInt64) {
        self.pid = pid
        self.state = state
        self.parent = parent
        self.session = session
        self.startTicks = startTicks
    }

    /// Parses the file's content.
    ///
    /// The name in parentheses may hold anything, so that the last parenthesis counts.
    init?(parsing bytes: [UInt8]) {
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")), let space = bytes.firstIndex(of: 0x20) else {
            return nil
        }
        let fields = bytes[(close + 1)...].split(whereSeparator: { $0 == 0x20 || $0 == 0x0a })
        guard fields.count > 19, let letter = fields[0].first else { return nil }
        guard let pid = pid_t(decimal: bytes[..<space]), let parent = pid_t(decimal: fields[1]),
            let session = pid_t(decimal: fields[3]), let ticks = UInt64(decimal: fields[19])
        else { return nil }
        self.pid = pid
        self.state = letter
        self.parent = parent
        self.session = session
        self.startTicks = ticks
    }

    /// All processes that `/proc` shows.
    static func all() -> [ProcessStat] {
        allPIDs().compactMap { read($0) }
    }

    /// The numbers of all processes that `/proc` shows.
    static func allPIDs() -> [pid_t] {
        var pids: [pid_t] = []
        try? forEachEntry(of: "/proc") { name in
            if let pid = pid_t(decimal: name.utf8) { pids.append(pid) }
        }
        return pids
    }
}

extension FixedWidthInteger {
    /// A number from its decimal digits alone: no sign, no space.
    init?(decimal digits: some Collection<UInt8>) {
        guard !digits.isEmpty else { return nil }
        var value: Self = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(Self(digit - 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        self = value
    }
}

/// Calls `body` with the name of each entry of a directory but `.` and `..`.
func forEachEntry(of path: String, _ body: (String) -> Void) throws(SystemFault) {
    guard let directory = opendir(path) else { throw SystemFault.current }
    forEachEntry(ofStream: directory, body)
}

/// Calls `body` with the name of each entry of an open directory but `.` and `..`.
func forEachEntry(in descriptor: Int32, _ body: (String) -> Void) throws(SystemFault) {
    // A descriptor of its own, whose place in the directory nobody else moves.
    let number = cfleet_openat(descriptor, ".", O_RDONLY | O_DIRECTORY, 0)
    guard number >= 0 else { throw SystemFault.current }
    guard let directory = fdopendir(number) else {
        let fault = SystemFault.current
        _ = close(number)
        throw fault
    }
    forEachEntry(ofStream: directory, body)
}

private func forEachEntry(ofStream directory: OpaquePointer, _ body: (String) -> Void) {
    defer { closedir(directory) }
    while let entry = readdir(directory) {
        guard let text = cfleet_entry_name(entry) else { continue }
        let name = String(cString: text)
        if name != ".", name != ".." { body(name) }
    }
}
