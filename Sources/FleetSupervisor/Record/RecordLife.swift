import FleetWire

/// A process that the record names, told from any later one with the same pid.
struct RecordedProcess: WireMessage {
    /// Its pid.
    var pid: UInt32 = 0
    /// The earliest clock tick since boot at which it can have started.
    var ticksFrom: UInt64 = 0
    /// The latest.
    var ticksTo: UInt64 = 0

    /// No process.
    init() {}

    /// A process that was started between two readings of the clock.
    init(pid: UInt32, from: UInt64, to: UInt64) {
        self.pid = pid
        ticksFrom = from
        ticksTo = to
    }

    /// Whether a process that lives now is this one.
    func matches(_ process: ProcessStat) -> Bool {
        // The kernel's clock and ours may be read on both sides of a tick.
        process.pid == Int32(bitPattern: pid) && pid > 1 && !process.isDead
            && process.startTicks + 1 >= ticksFrom && process.startTicks <= ticksTo + 1
    }

    func encode(into writer: inout WireWriter) {
        writer.field(1, UInt64(pid))
        writer.field(2, ticksFrom)
        writer.field(3, ticksTo)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: pid = try field.number32()
            case 2: ticksFrom = try field.number()
            case 3: ticksTo = try field.number()
            default: break
            }
        }
    }
}

/// Which processes an attempt has, and in which life of the host.
struct RecordLife: WireMessage {
    /// The host's life.
    var host = HostIdentity(bootID: "", namespace: "")
    /// The shim.
    var shim = RecordedProcess()
    /// The program, leader of its session.
    var program = RecordedProcess()
    /// When the program was started, in milliseconds since 1970.
    var startedAt: UInt64 = 0
    /// The pipe into which the program's output goes, as the kernel numbers it.
    var outputPipe: UInt64 = 0
    /// Whether the shim died, and what is left of the program is being ended.
    var isUnsupervised = false

    /// Nothing known.
    init() {}

    func encode(into writer: inout WireWriter) {
        writer.field(1, host.bootID)
        writer.field(2, host.namespace)
        writer.field(3, shim)
        writer.field(4, program)
        writer.field(5, startedAt)
        writer.field(6, outputPipe)
        writer.field(7, isUnsupervised)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: host.bootID = field.text()
            case 2: host.namespace = field.text()
            case 3: shim = try field.message()
            case 4: program = try field.message()
            case 5: startedAt = try field.number()
            case 6: outputPipe = try field.number()
            case 7: isUnsupervised = try field.flag()
            default: break
            }
        }
    }
}
