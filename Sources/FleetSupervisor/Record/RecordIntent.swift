import FleetWire

/// What was asked of a running attempt last; the shim reads it when it is woken.
struct RecordIntent: WireMessage {
    /// Counts the intents upwards.
    var number: UInt64 = 0
    /// How the attempt is to be ended.
    var mode: EndMode = .stop
    /// Milliseconds between one signal and the next.
    var grace: UInt64 = 0

    /// No intent.
    init() {}

    /// An intent of its parts.
    init(number: UInt64, mode: EndMode, grace: UInt64) {
        self.number = number
        self.mode = mode
        self.grace = grace
    }

    func encode(into writer: inout WireWriter) {
        writer.field(1, number)
        writer.field(2, UInt64(mode.rawValue))
        writer.field(3, grace)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        while let field = try reader.next() {
            switch field.tag {
            case 1: number = try field.number()
            case 2: mode = try field.known(EndMode.self)
            case 3: grace = try field.number()
            default: break
            }
        }
    }
}
