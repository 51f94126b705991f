import CFleetSupervisor
import FleetWire

/// Says when a manager last drove attempts of the workspace on this host, and for how long that counts.
///
/// One small file in the state directory, written in its place: it needs no space of a disk that is full. Its times are
/// of CLOCK_BOOTTIME, which no setting of the clock moves and a sleeping machine counts; they mean something in the
/// life of the host alone in which they were written.
struct OwnerLease: WireMessage {
    /// The file's name in the state directory; no run has such an id.
    static let name = ".lease"
    private static let limit = 512

    /// The kernel's boot id.
    var bootID = ""
    /// When it was renewed, in milliseconds since boot.
    var renewedAt: UInt64 = 0
    /// Until when the workspace's attempts are somebody's work, likewise.
    var validUntil: UInt64 = 0

    /// No lease.
    init() {}

    func encode(into writer: inout WireWriter) {
        writer.field(1, bootID)
        writer.field(2, renewedAt)
        writer.field(3, validUntil)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: bootID = field.text()
            case 2: renewedAt = try field.number()
            case 3: validUntil = try field.number()
            default: break
            }
        }
    }

    /// Reads the lease.
    ///
    /// - Parameters:
    ///   - directory: the state directory, or one in it.
    ///   - path: where the file is from there.
    /// - Returns: nothing where there is none, or it is being written at this very moment.
    static func read(in directory: Int32, _ path: String = name) -> OwnerLease? {
        guard let file = try? Descriptor.open(path, in: directory, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let bytes = try? readFully(file.number, at: 0, count: limit)
        else { return nil }
        return decode(bytes)
    }

    /// Milliseconds for which it is valid still; 0 where it has run out, or is of an earlier life of the host.
    func left(bootID: String) -> UInt64 {
        let now = Clock.sinceBoot
        return self.bootID == bootID && validUntil > now ? validUntil - now : 0
    }

    /// Renews the lease, as of now; another manager's longer validity stands.
    ///
    /// - Throws: ``SystemFault`` where the file cannot be made.
    static func renew(in directory: Int32, validity: UInt64, bootID: String) throws(SystemFault) {
        let file = try Descriptor.open(name, in: directory, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK)
        while flock(file.number, LOCK_EX) != 0 {
            let fault = SystemFault.current
            if fault.number != EINTR { throw fault }
        }
        let known = decode(try readFully(file.number, at: 0, count: limit))
        var lease = OwnerLease()
        lease.bootID = bootID
        lease.renewedAt = Clock.sinceBoot
        lease.validUntil = lease.renewedAt &+ min(validity, 1 << 40)
        if let known, known.bootID == bootID { lease.validUntil = max(lease.validUntil, known.validUntil) }
        let content = lease.wireBytes
        let bytes = number(UInt32(content.count)) + content + number(Checksum.crc32c(content))
        try writeFully(bytes, to: file.number, at: 0)
    }

    private static func number(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func decode(_ bytes: [UInt8]) -> OwnerLease? {
        func number(_ place: Int) -> Int { bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.count >= 8 else { return nil }
        let length = number(0)
        guard length <= bytes.count - 8 else { return nil }
        let content = bytes[4..<(4 + length)]
        guard Int(Checksum.crc32c(content)) == number(4 + length) else { return nil }
        return try? OwnerLease(wireBytes: content)
    }
}
