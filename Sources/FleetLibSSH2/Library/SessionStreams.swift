import CLibSSH2
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The bytes between a session and its connection: the library reads and writes here, and never touches a socket.
///
/// Sending always succeeds, so that no call stops in the middle of a packet; how much may stand here is bounded by who
/// calls, see ``SSHConnection``.
final class SessionStreams {
    /// What came from the host and was not read yet.
    var inbound = ByteBuffer()
    /// What is to go to the host.
    var outbound = ByteBuffer()
    /// Whether nothing more will come, for whatever reason.
    var isOver = false
    /// Whether that is because the host, or what leads there, has closed the connection.
    var isClosedByHost = false
    /// Makes the signature of the key that is being tried.
    var signature: PendingSignature?
    /// What was seen in the library's memory.
    var memory = SessionMemory()
    /// The reason that the host gave when it took its leave (RFC 4253, section 11.1); nil where it has not.
    var farewell: Int32?

    /// Whether the host has ended the connection, by a message or without.
    var isEndedByHost: Bool { isClosedByHost || farewell != nil }

    /// Whether the connection is over.
    var isEnded: Bool { isOver || farewell != nil }
}

let sessionSend: codewhale_libssh2_send = { _, bytes, count, _, context in
    guard let bytes, let streams = streams(of: context) else { return -Int(EBADF) }
    if !streams.isOver { streams.outbound.writeBytes(UnsafeRawBufferPointer(start: bytes, count: count)) }
    return count
}

let sessionReceive: codewhale_libssh2_receive = { _, bytes, count, _, context in
    guard let bytes, let streams = streams(of: context) else { return -Int(EBADF) }
    let part = min(count, streams.inbound.readableBytes)
    guard part > 0 else { return streams.isOver ? 0 : -Int(EAGAIN) }
    streams.inbound.readWithUnsafeReadableBytes { readable in
        bytes.copyMemory(from: readable.baseAddress ?? UnsafeRawPointer(bytes), byteCount: part)
        return part
    }
    if streams.inbound.readableBytes == 0 { streams.inbound.clear() }
    return part
}

/// The streams of the session that calls back.
func streams(of context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> SessionStreams? {
    context?.pointee.map { Unmanaged<SessionStreams>.fromOpaque($0).takeUnretainedValue() }
}

let sessionFarewell: codewhale_libssh2_farewell = { _, reason, _, _, _, _, context in
    streams(of: context)?.farewell = Int32(reason)
}
