import CFleetSupervisor
import FleetWire

/// What a shim tells the `attach` that forked it, over a pipe that all its shims share.
///
/// A message is short enough for the pipe to take it whole (pipe(7), PIPE_BUF).
enum ShimMessage: Equatable {
    /// The program runs.
    case started(AttemptReport)
    /// The program could not be started; nothing was left behind.
    case failed(WireFailure)
    /// The attempt is over, and its record is on the disk.
    case ended(AttemptReport)
    /// An end could not be carried out while the program runs on.
    case notice(AttemptReport)

    /// The most bytes of one.
    static let limit = 4_096

    /// Reads a message.
    init?(_ frame: Frame) {
        let payload = frame.payload[...]
        switch frame.type {
        case 1: if let report = try? AttemptReport(wireBytes: payload) { self = .started(report) } else { return nil }
        case 2: if let failure = try? WireFailure(wireBytes: payload) { self = .failed(failure) } else { return nil }
        case 3: if let report = try? AttemptReport(wireBytes: payload) { self = .ended(report) } else { return nil }
        case 4: if let report = try? AttemptReport(wireBytes: payload) { self = .notice(report) } else { return nil }
        default: return nil
        }
    }

    /// Sends the message as that of attempt `number`; nobody may be listening any more.
    func send(_ number: UInt32, to pipe: Int32) {
        let frame =
            switch self {
            case .started(let report): Frame(type: 1, requestID: number, payload: report.wireBytes)
            case .failed(let failure): Frame(type: 2, requestID: number, payload: failure.wireBytes)
            case .ended(let report): Frame(type: 3, requestID: number, payload: report.wireBytes)
            case .notice(let report): Frame(type: 4, requestID: number, payload: report.wireBytes)
            }
        let bytes = frame.bytes
        guard bytes.count <= ShimMessage.limit else { return }
        while write(pipe, bytes, bytes.count) < 0, cfleet_errno() == EINTR {}
    }
}
