import CFleetSupervisor
import FleetWire

/// The near end's frames, over standard input and output; bounded both ways.
struct FrameStream {
    /// No requests are read while more than this waits to be written, in bytes.
    static let outgoingLimit = 4 << 20

    private let input: Int32
    private let output: Int32
    private var incoming: [UInt8] = []
    private var position = 0
    private var outgoing: [UInt8] = []
    private var written = 0

    /// Whether the near end is gone: nothing more is read or written.
    private(set) var isClosed = false

    /// A stream over two descriptors, which are set not to block.
    init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
        _ = cfleet_set_nonblocking(input)
        _ = cfleet_set_nonblocking(output)
    }

    /// Bytes that wait to be written.
    var backlog: Int { outgoing.count - written }

    /// What to wait for.
    var polled: [pollfd] {
        let isReading = !isClosed && backlog < FrameStream.outgoingLimit
        return [
            pollfd(fd: isReading ? input : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isClosed ? -1 : output, events: backlog > 0 ? Int16(POLLOUT) : 0, revents: 0),
        ]
    }

    /// Queues bytes that are no frame.
    mutating func send(raw bytes: [UInt8]) { outgoing += bytes }

    /// Queues a frame.
    mutating func send(_ frame: Frame) {
        guard !isClosed else { return }
        outgoing += frame.bytes
    }

    /// Reads what there is, one buffer at most.
    mutating func receive() {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, filled in
            count = read(input, buffer.baseAddress, buffer.count)
            filled = max(count, 0)
        }
        if count > 0 {
            incoming += bytes
        } else if count == 0 || (cfleet_errno() != EINTR && cfleet_errno() != EAGAIN) {
            isClosed = true
        }
    }

    /// The next whole frame that was received.
    ///
    /// - Throws: ``WireError`` where what came is no frame; the stream is of no further use then.
    mutating func next() throws(WireError) -> Frame? {
        let frame = try Frame.take(from: incoming, at: &position)
        if frame == nil, position > 0 {
            incoming.removeFirst(position)
            position = 0
        }
        return frame
    }

    /// Writes what is queued, as far as the near end takes it.
    mutating func flush() {
        while backlog > 0, !isClosed {
            let count = outgoing.withUnsafeBytes { buffer in
                write(output, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count > 0 {
                written += count
            } else if cfleet_errno() == EAGAIN {
                break
            } else if cfleet_errno() != EINTR {
                isClosed = true
            }
        }
        if backlog == 0 {
            outgoing.removeAll(keepingCapacity: outgoing.capacity < 1 << 20)
            written = 0
        } else if written > 1 << 20 {
            outgoing.removeFirst(written)
            written = 0
        }
    }
}
