/// A file that is written under another name, and takes its place when all of it is on the disk.
struct DraftFile {
    /// The file, to be read back.
    let file: any OpenFile
    /// How much was written, or waits to be.
    private(set) var size: Int64 = 0
    /// The CRC-32C of what was written; what waits is not in it.
    private(set) var checksum: UInt32 = 0

    private let disk: any Disk
    private let path: String
    private var waiting: [UInt8] = []

    private var draft: String { path + ".new" }

    /// An empty one of what is to stand at `path`.
    init(of path: String, on disk: any Disk) throws(LedgerError) {
        (self.path, self.disk) = (path, disk)
        disk.remove(path + ".new")
        file = try disk.open(path + ".new", .update, .mustBeNew)
    }

    /// A line, given without its newline.
    mutating func add(_ line: UnsafeBufferPointer<UInt8>) throws(LedgerError) {
        waiting.append(contentsOf: line)
        waiting.append(UInt8(ascii: "\n"))
        try added(line.count + 1)
    }

    mutating func add(bytes: [UInt8]) throws(LedgerError) {
        waiting += bytes
        try added(bytes.count)
    }

    /// Some bytes of another file.
    mutating func copy(_ other: any OpenFile, _ range: Range<Int64>) throws(LedgerError) {
        var place = range.lowerBound
        while place < range.upperBound {
            let bytes = try other.read(Int(min(range.upperBound - place, 1 << 20)), at: place)
            guard !bytes.isEmpty else { return }
            place += Int64(bytes.count)
            try add(bytes: bytes)
        }
    }

    /// Writes what waits.
    mutating func flush() throws(LedgerError) {
        guard !waiting.isEmpty else { return }
        try file.write(waiting)
        checksum = waiting.withUnsafeBufferPointer { CRC32C.checksum($0, after: checksum) }
        waiting.removeAll(keepingCapacity: true)
    }

    /// Puts it in the place of what stands there; the name is on the disk once its directory was synced.
    mutating func takePlace() throws(LedgerError) {
        try flush()
        try file.sync()
        try disk.rename(draft, to: path)
    }

    /// Removes it, where it is not to take the place.
    func discard() { disk.remove(draft) }

    private mutating func added(_ count: Int) throws(LedgerError) {
        size += Int64(count)
        if waiting.count >= 1 << 20 { try flush() }
    }
}
