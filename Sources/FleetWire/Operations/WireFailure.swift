/// What a request failed of.
package struct WireFailure: WireMessage, Error {
    /// The kinds of failure.
    package enum Code: UInt8, Sendable, Equatable {
        /// The request makes no sense to this supervisor.
        case badRequest = 1
        /// The host knows nothing of the attempt.
        case unknownAttempt = 2
        /// The attempt's number is at or below the task's high-water mark.
        case refused = 3
        /// The attempt's number is taken by another key.
        case conflict = 4
        /// The program, its directory or the host's set-up is at fault.
        case configuration = 5
        /// The attempt still runs.
        case running = 6
        /// The host could not read or write its own files.
        case inputOutput = 7
    }

    /// The kind.
    package var code: Code
    /// A sentence for a person, with what to do.
    package var message: String
    /// The greatest number that was used, where an attempt's was used before; older supervisors say nothing of it.
    package var usedNumber: UInt32?
    /// Whether the host itself is at fault, and another may well do it: its disk is full, or cannot be written.
    package var isOfHost = false

    /// A failure of its parts.
    package init(_ code: Code, _ message: String, usedNumber: UInt32? = nil) {
        self.code = code
        self.message = message
        self.usedNumber = usedNumber
    }

    /// A fault of the host itself.
    package static func ofHost(_ code: Code, _ message: String) -> WireFailure {
        var failure = WireFailure(code, message)
        failure.isOfHost = true
        return failure
    }

    package func encode(into writer: inout WireWriter) {
        writer.field(1, UInt64(code.rawValue))
        writer.field(2, message)
        if let usedNumber { writer.field(3, UInt64(usedNumber)) }
        if isOfHost { writer.field(4, isOfHost) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(.badRequest, "")
        while let field = try reader.next() {
            switch field.tag {
            case 1: code = try field.known(Code.self)
            case 2: message = field.text()
            case 3: usedNumber = try field.number32()
            case 4: isOfHost = try field.flag()
            default: break
            }
        }
    }
}
