import NIOConcurrencyHelpers
import NIOCore

/// The lines that a command prints, as they come.
///
/// They are read once. A reader that takes its time holds up the command, not this process's memory. A line is text
/// without its newline; what is no UTF-8 is replaced; of a line over 64 KiB each 64 KiB are handed out by themselves.
public struct CommandLines: AsyncSequence, Sendable {
    /// More of a line than this is handed out in pieces.
    static let longestLine = 64 << 10

    let pieces: NIOAsyncChannelInboundStream<ByteBuffer>
    /// Whether they were read to the end.
    let isOver: NIOLockedValueBox<Bool>

    /// Begins to read them.
    public func makeAsyncIterator() -> Iterator { Iterator(pieces: pieces.makeAsyncIterator(), isOver: isOver) }

    /// Reads them one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        var pieces: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let isOver: NIOLockedValueBox<Bool>
        private var rest = ByteBuffer()
        /// How much of `rest` is known to have no newline.
        private var searched = 0

        init(pieces: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, isOver: NIOLockedValueBox<Bool>) {
            self.pieces = pieces
            self.isOver = isOver
        }

        /// The next line; nil when the command prints nothing more.
        public mutating func next() async throws -> String? {
            while true {
                if let line = takeLine() { return line }
                guard var piece = try await pieces.next() else { break }
                rest.discardReadBytes()
                rest.writeBuffer(&piece)
            }
            isOver.withLockedValue { $0 = true }
            guard rest.readableBytes > 0 else { return nil }
            return take(rest.readableBytes)
        }

        private mutating func takeLine() -> String? {
            let view = rest.readableBytesView
            let start = view.startIndex + searched
            if let end = view[start...].firstIndex(of: UInt8(ascii: "\n")),
                end - view.startIndex <= CommandLines.longestLine
            {
                let line = take(end - view.startIndex)
                rest.moveReaderIndex(forwardBy: 1)
                return line
            }
            if view.count > CommandLines.longestLine { return take(CommandLines.longestLine) }
            searched = view.count
            return nil
        }

        private mutating func take(_ count: Int) -> String {
            searched = 0
            guard let bytes = rest.readSlice(length: count) else { return "" }
            return String(decoding: bytes.readableBytesView, as: UTF8.self)
        }
    }
}
