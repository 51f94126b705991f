import NIOCore

/// Looks for the script's word that there is no supervisor, in what precedes the supervisor's own first byte.
///
/// Passes everything on. Runs on the channel's event loop alone.
final class AbsenceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let nonce: String
    private let onAbsence: (SupervisorAbsence) -> Void
    private var line: [UInt8] = []
    private var isLooking = true
    private var context: ChannelHandlerContext?

    /// A line of the script's is no longer than this.
    private static let lineLimit = 4_096

    init(nonce: String, onAbsence: @escaping (SupervisorAbsence) -> Void) {
        self.nonce = nonce
        self.onAbsence = onAbsence
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Lets the script look again.
    func retry() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "again\n")), promise: nil)
    }

    /// A supervisor has answered: nothing more is looked at.
    func stop() {
        isLooking = false
        line = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isLooking { look(at: unwrapInboundIn(data)) }
        context.fireChannelRead(data)
    }

    private func look(at buffer: ByteBuffer) {
        for byte in buffer.readableBytesView where isLooking {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                if line.count > Self.lineLimit { line = [] }
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            line = []
            if let absence = SupervisorAbsence(line: text, nonce: nonce) { onAbsence(absence) }
        }
    }
}
