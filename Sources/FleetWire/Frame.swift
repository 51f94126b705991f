/// One frame: four bytes of length (big endian, of what follows), a type byte, four bytes of request id, the payload.
package struct Frame: Sendable, Equatable {
    /// The longest frame that either end sends or accepts, in bytes after the length.
    package static let maximumLength = 1 << 20
    /// Bytes of a header: length, type, request id.
    package static let headerLength = 9

    /// What the payload is: see ``Request`` and ``Reply``.
    package var type: UInt8
    /// Joins a reply to its request; 0 is a push.
    package var requestID: UInt32
    /// The message.
    package var payload: [UInt8]

    /// A frame of its parts.
    package init(type: UInt8, requestID: UInt32, payload: [UInt8]) {
        self.type = type
        self.requestID = requestID
        self.payload = payload
    }

    /// Whether the other end accepts it.
    package var fits: Bool { payload.count + 5 <= Frame.maximumLength }

    /// The frame as it travels.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Frame.headerLength + payload.count)
        appendBigEndian(UInt32(5 + payload.count), to: &bytes)
        bytes.append(type)
        appendBigEndian(requestID, to: &bytes)
        bytes.append(contentsOf: payload)
        return bytes
    }

    /// Takes one whole frame from the front of `buffer` at `position`, and moves `position` behind it.
    ///
    /// - Returns: nothing where the frame is not there in full yet.
    /// - Throws: ``WireError`` for a length out of bounds; the channel is then of no further use.
    package static func take(from buffer: [UInt8], at position: inout Int) throws(WireError) -> Frame? {
        guard buffer.count - position >= 4 else { return nil }
        let length = Int(bigEndianUInt32(buffer[position..<position + 4]))
        guard length >= 5 else { throw .malformed("frame of \(length) bytes") }
        guard length <= maximumLength else { throw .oversized(length) }
        guard buffer.count - position >= 4 + length else { return nil }
        let start = position + 4
        position = start + length
        return Frame(
            type: buffer[start],
            requestID: bigEndianUInt32(buffer[start + 1..<start + 5]),
            payload: Array(buffer[start + 5..<position])
        )
    }
}

/// How `attach` announces its first frame, so that whatever a login shell printed before it is discarded.
package enum Preamble {
    /// The most noise that is read before the channel is given up, in bytes.
    package static let noiseLimit = 256 << 10

    /// The line for a channel: `nonce` is drawn by the near end and stands on the command line of `attach`.
    package static func marker(nonce: String) -> [UInt8] { Array("\u{0}codewhale-fleet/1 \(nonce)\n".utf8) }
}
