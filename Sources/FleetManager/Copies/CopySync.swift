import FleetLedger

/// Puts what was copied from a host on this machine's disk.
enum CopySync {
    /// Returns when files are on the disk, with their names.
    ///
    /// - Throws: what the system says where they may not be.
    static func sync(_ files: [String]) throws(LedgerError) {
        for file in files { try SystemDisk().open(file, .read).sync() }
        for directory in Set(files.map(parent)) { try SystemDisk().syncDirectory(directory) }
    }

    /// Returns when the names of files are on the disk, with those of the directories that lead to them.
    ///
    /// - Parameters:
    ///   - names: their paths within `directory`.
    ///   - directory: an attempt's artifacts directory.
    /// - Throws: what the system says where they may not be.
    static func syncNames(of names: Set<String>, in directory: String) throws(LedgerError) {
        guard !names.isEmpty else { return }
        var directories: Set<String> = [directory, parent(directory)]
        for name in names {
            var inner = parent(name)
            while !inner.isEmpty {
                directories.insert(directory + "/" + inner)
                inner = parent(inner)
            }
        }
        for directory in directories.sorted() { try SystemDisk().syncDirectory(directory) }
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
