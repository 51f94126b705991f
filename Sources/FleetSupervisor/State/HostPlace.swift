import CFleetSupervisor
import FleetWire

/// Finds a host's directory among those of the hosts that share a home.
///
/// The directory has the name that the host had when it was made. A mark in it says in which life of the host it was
/// used last, so that a host that is given another name while it runs finds what runs on it. Across a reboot the name
/// decides alone: by then nothing runs any more, and a renamed host cannot be told from a clone with its machine id.
enum HostPlace {
    /// The mark's name; no run has such an id.
    static let mark = ".host"
    private static let limit = 512

    /// The directory's name.
    ///
    /// - Parameters:
    ///   - workspace: the workspace's directory in the home.
    ///   - own: the name by what the host is called now.
    ///   - life: what the mark of this life of the host says.
    /// - Returns: the name; that of a directory that may not be there yet.
    /// - Throws: ``WireFailure`` where two directories have this life's mark: attempts may run that only one of them
    ///   knows.
    static func name(
        in workspace: String,
        own: String = HostIdentity.lasting(),
        life: String = life()
    ) throws(WireFailure) -> String {
        var marked: [String] = []
        try? forEachEntry(of: workspace) { name in
            guard name.hasPrefix("host-"),
                let bytes = try? readSmallFile("\(workspace)/\(name)/\(mark)", limit: limit)
            else { return }
            if bytes.elementsEqual(life.utf8) { marked.append(name) }
        }
        guard marked.count < 2 else {
            marked.sort()
            throw WireFailure(
                .configuration,
                "This host was given another name, and has the state of attempts under both: \(marked[0]) and "
                    + "\(marked[1]) in \(workspace). Remove the one in which no attempt is left, or reboot the host."
            )
        }
        return marked.first ?? own
    }

    /// Marks a directory as that of this life of the host, where that is not there already.
    ///
    /// Where it cannot be written, as the disk is full, the host is found by its name alone.
    static func note(in directory: Int32) {
        let life = Array(life().utf8)
        let known = try? Descriptor.open(mark, in: directory, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        if let known, let bytes = try? readFully(known.number, at: 0, count: limit), bytes == life { return }
        guard let file = try? Descriptor.open(mark, in: directory, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW) else {
            return
        }
        try? writeFully(life, to: file.number, at: 0)
    }

    /// Tells this life of the host from others, and from containers on the same kernel: a new name changes nothing of it.
    static func life() -> String {
        let host = HostIdentity.current()
        var status = stat()
        let names = stat("/proc/self/ns/uts", &status) == 0 ? UInt64(status.st_ino) : 0
        return "\(host.bootID) \(host.namespace) \(names)\n"
    }
}
