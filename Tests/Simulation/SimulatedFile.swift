import FleetLedger

/// A file of the disk as one process has it open.
///
/// `@unchecked Sendable`: as ``Stage``, of which it is a part.
final class SimulatedFile: OpenFile, @unchecked Sendable {
    private let path: String
    private let node: SimulatedDisk.Node
    private let view: DiskView

    init(_ path: String, _ node: SimulatedDisk.Node, _ view: DiskView) {
        self.path = path
        self.node = node
        self.view = view
    }

    private var process: SimulatedProcess { view.process }

    func status() throws(LedgerError) -> File.Status {
        try process.checkAlive()
        return File.Status(node)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(LedgerError) -> Int {
        try process.checkAlive()
        let start = min(Int(offset), node.content.count)
        let count = min(buffer.count, node.content.count - start)
        guard count > 0, let base = buffer.baseAddress else { return 0 }
        node.content.withUnsafeBytes { bytes in
            if let from = bytes.baseAddress { base.copyMemory(from: from + start, byteCount: count) }
        }
        return count
    }

    func write(_ bytes: [UInt8]) throws(LedgerError) {
        try process.mayBeKilled(.beforeWrite)
        if let fault = view.disk.fault {
            // The system takes what there is room for, and refuses the rest.
            if fault == .full { append(Array(bytes.prefix(process.drawPart(of: bytes.count)))) }
            throw LedgerError(fault == .full ? .full : .system, "\(path): the disk is at fault")
        }
        if process.isKilled(.amidWrite) {
            append(Array(bytes.prefix(process.drawPart(of: bytes.count))))
            try process.kill()
        }
        append(bytes)
        try process.mayBeKilled(.afterWrite)
    }

    private func append(_ bytes: [UInt8]) {
        if process.failedSyncs.contains(path) { process.onAppendAfterFailure() }
        node.append(bytes)
        view.disk.onChange(path, process)
    }

    func truncate(to size: Int64) throws(LedgerError) {
        try view.change(path) {
            guard size < node.content.count else { return }
            node.truncate(to: Int(size))
            view.disk.onChange(path, process)
        }
    }

    func sync() throws(LedgerError) {
        if view.disk.fault != nil { process.failedSyncs.insert(path) }
        try view.change(path) { node.sync() }
    }

    func lock() throws(LedgerError) {
        view.disk.beforeLock(path, process)
        guard try tryLock() else { throw LedgerError(.system, "\(path): the lock would be waited for for ever") }
    }

    func tryLock() throws(LedgerError) -> Bool {
        try process.checkAlive()
        if let locker = node.locker, locker !== self, locker.process.isAlive { return false }
        node.locker = self
        return true
    }

    func unlock() { if node.locker === self { node.locker = nil } }

    func tryHold() throws(LedgerError) -> Bool {
        try process.checkAlive()
        if let holder = node.holder, holder !== self, holder.process.isAlive { return false }
        node.holder = self
        return true
    }

    func letGo() { if node.holder === self { node.holder = nil } }

    func isHeld() throws(LedgerError) -> Bool {
        try process.checkAlive()
        guard let holder = node.holder, holder !== self else { return false }
        return holder.process.isAlive
    }
}
