import FleetLedger

/// A disk with a cache: what was written is seen by everybody at once, and lost with the power unless it was synced.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class SimulatedDisk: @unchecked Sendable {
    /// A file, whatever it is called.
    final class Node {
        let number: UInt64
        var content: [UInt8] = []
        /// What of it would be there after a loss of power.
        var synced: [UInt8] = []
        /// How many of its first bytes are there for certain.
        private(set) var durableLength = 0
        private(set) var isDirty = false
        /// Who has the lock of those who open it, and the lock that others can see.
        weak var locker: SimulatedFile?
        weak var holder: SimulatedFile?

        init(number: UInt64) { self.number = number }

        func append(_ bytes: [UInt8]) {
            content += bytes
            isDirty = true
        }

        func truncate(to size: Int) {
            content.removeLast(content.count - size)
            durableLength = min(durableLength, size)
            isDirty = true
        }

        func sync() {
            synced = content
            durableLength = content.count
            isDirty = false
        }

        /// It is what it was found to be after a loss of power.
        func become(_ bytes: [UInt8]) {
            content = bytes
            sync()
        }
    }

    /// What goes wrong with it.
    enum Fault {
        /// It has no room.
        case full
        /// It answers with errors.
        case failing
    }

    var fault: Fault?
    /// Is called when a process has come to a lock: others may have had it before.
    var beforeLock: (String, SimulatedProcess) -> Void = { _, _ in }
    private(set) var names: [String: Node] = [:]
    private var syncedNames: [String: Node] = [:]
    private(set) var directories: Set<String> = [""]
    private var nodeCount: UInt64 = 0
    /// Is called with the path of a file that was changed, and who did it.
    var onChange: (String, SimulatedProcess) -> Void = { _, _ in }

    func node(_ path: String) -> Node? { names[path] }

    func makeNode(_ path: String) -> Node {
        nodeCount += 1
        let node = Node(number: nodeCount)
        names[path] = node
        return node
    }

    func makeDirectory(_ path: String) -> Bool { directories.insert(path).inserted }

    func removeDirectory(_ path: String) {
        let inside = path + "/"
        guard !names.keys.contains(where: { $0.hasPrefix(inside) }) else { return }
        directories.remove(path)
    }

    func rename(_ path: String, to other: String) { names[other] = names.removeValue(forKey: path) }

    func link(_ path: String, as other: String) -> Bool {
        guard names[other] == nil else { return false }
        names[other] = names[path]
        return true
    }

    func remove(_ path: String) { names[path] = nil }

    /// The names in a directory are on the disk from here on.
    func syncNames(in directory: String) {
        for (path, node) in names where Self.parent(of: path) == directory { syncedNames[path] = node }
        for path in syncedNames.keys where Self.parent(of: path) == directory && names[path] == nil {
            syncedNames[path] = nil
        }
    }

    /// Whether a name would lead to the same file after a loss of power.
    func isNameSynced(_ path: String) -> Bool { names[path] === syncedNames[path] }

    /// Whether a name would lead to a file after a loss of power.
    func isSyncedName(_ path: String, of node: Node) -> Bool { syncedNames[path] === node }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }

    /// The power fails: of what was not synced, some is there, some is not, and some was torn.
    func losePower(_ dice: inout Dice) {
        for path in Set(names.keys).union(syncedNames.keys).sorted() {
            let (now, then) = (names[path], syncedNames[path])
            guard now !== then, dice.chance(50) else { continue }
            names[path] = then
        }
        var seen: Set<UInt64> = []
        for path in names.keys.sorted() {
            guard let node = names[path], seen.insert(node.number).inserted else { continue }
            node.locker = nil
            node.holder = nil
            if node.isDirty { Self.tear(node, &dice) }
        }
        syncedNames = names
    }

    private static func tear(_ node: Node, _ dice: inout Dice) {
        let (written, kept) = (node.content, node.synced)
        let common = min(written.count, kept.count)
        var length = 0
        while length < common, written[length] == kept[length] { length += 1 }
        // The length may have reached the disk before or after the bytes did, and the bytes in any order.
        let most = max(written.count, kept.count)
        let size = dice.chance(30) ? written.count : Int(dice.between(Int64(length), Int64(most)))
        var result = Array(written[..<length])
        let isTorn = dice.chance(30)
        while result.count < size {
            let end = min(size, (result.count / 512 + 1) * 512)
            let isThere = !isTorn || dice.chance(60)
            for place in result.count..<end {
                result.append(isThere && place < written.count ? written[place] : place < kept.count ? kept[place] : 0)
            }
        }
        node.become(result)
    }
}

/// The disk as one process sees it, which may be killed at each of its calls.
struct DiskView: Disk {
    let disk: SimulatedDisk
    let process: SimulatedProcess

    func open(_ path: String, _ access: File.Access, _ creation: File.Creation) throws(LedgerError) -> any OpenFile {
        try process.checkAlive()
        guard !disk.directories.contains(path) else { throw LedgerError(.foreign, "\(path) is not a regular file") }
        if let node = disk.node(path) {
            guard creation != .mustBeNew else { throw LedgerError(.system, "\(path) is there", errno: 17) }
            return SimulatedFile(path, node, self)
        }
        guard creation != .never, disk.directories.contains(SimulatedDisk.parent(of: path)) else {
            throw LedgerError(.missing, "\(path) is not there", errno: 2)
        }
        try change(path) { _ = disk.makeNode(path) }
        guard let node = disk.node(path) else { throw LedgerError(.missing, "\(path) is not there", errno: 2) }
        return SimulatedFile(path, node, self)
    }

    /// Does what changes the disk; the process may be killed before it, or after.
    func change(_ path: String, _ body: () -> Void) throws(LedgerError) {
        try process.mayBeKilled(.beforeWrite)
        if let fault = disk.fault {
            throw LedgerError(fault == .full ? .full : .system, "\(path): the disk is at fault")
        }
        body()
        try process.mayBeKilled(.afterWrite)
    }

    func status(of path: String) throws(LedgerError) -> File.Status? {
        try process.checkAlive()
        return disk.node(path).map(File.Status.init)
    }

    func isDirectory(_ path: String) -> Bool { disk.directories.contains(path) }

    func makeDirectory(_ path: String) throws(LedgerError) -> Bool {
        try process.checkAlive()
        return disk.makeDirectory(path)
    }

    func syncDirectory(_ path: String) throws(LedgerError) {
        try process.checkAlive()
        guard disk.fault == nil else { throw LedgerError(.system, "\(path): the disk is at fault") }
        disk.syncNames(in: path)
    }

    func rename(_ path: String, to other: String) throws(LedgerError) {
        guard disk.node(path) != nil else { throw LedgerError(.missing, "\(path) is not there", errno: 2) }
        try change(path) {
            disk.rename(path, to: other)
            disk.onChange(other, process)
        }
    }

    func link(_ path: String, as other: String) throws(LedgerError) -> Bool {
        var isMade = false
        try change(path) { isMade = disk.link(path, as: other) }
        return isMade
    }

    func remove(_ path: String) {
        guard process.isAlive else { return }
        disk.remove(path)
    }

    func removeDirectory(_ path: String) {
        guard process.isAlive else { return }
        disk.removeDirectory(path)
    }
}

extension File.Status {
    init(_ node: SimulatedDisk.Node) {
        self.init(
            device: 1,
            number: node.number,
            size: Int64(node.content.count),
            isRegular: true,
            owner: SimulatedProcess.user
        )
    }
}
