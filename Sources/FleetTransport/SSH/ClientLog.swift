import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The log of an ssh client: its own words, apart from the host's standard error.
///
/// It is a pipe with a name, read as the client writes. A host can make its client say as much as it likes: of a file
/// that would fill the disk; here the last 64 KiB are kept.
struct ClientLog: Sendable {
    /// The pipe's name.
    private let path: String
    /// Keeps the pipe from ending before the client has opened it, and while its own helpers come and go.
    private let writer: CInt
    private let channel: any NIOCore.Channel
    private let handler: NIOLoopBoundBox<DiagnosticsHandler>

    /// Makes the pipe, and begins to read.
    ///
    /// - Parameters:
    ///   - path: its name, which nobody has.
    ///   - eventLoop: where it is read.
    /// - Throws: ``TransportError`` of code `configuration`, or `transport` where the directory is gone; then nothing is left.
    init(_ path: String, on eventLoop: any EventLoop) async throws {
        guard mkfifo(path, 0o600) == 0 else { throw Self.failure(path) }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        // Without a writer it may look ended at once, and whoever opened it after that would wait for a reader for ever.
        let writer = descriptor < 0 ? -1 : open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        guard writer >= 0 else {
            let failure = Self.failure(path)
            if descriptor >= 0 { _ = close(descriptor) }
            _ = unlink(path)
            throw failure
        }
        let handler = NIOLoopBoundBox.makeBoxSendingValue(DiagnosticsHandler(), eventLoop: eventLoop)
        do {
            channel = try await NIOPipeBootstrap(group: eventLoop)
                .channelOption(.allowRemoteHalfClosure, value: false)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler.value)
                    }
                }
                .takingOwnershipOfDescriptor(input: descriptor)
                .get()
        } catch {
            _ = close(descriptor)
            _ = close(writer)
            _ = unlink(path)
            throw error
        }
        self.path = path
        self.writer = writer
        self.handler = handler
    }

    /// All that is kept, once the client has ended; the pipe is gone then.
    ///
    /// To be asked for once. Where somebody else holds it open, as a jump host's client may, it is not waited for long.
    func take() -> EventLoopFuture<String> {
        // With the client's own, this is the end of it.
        _ = close(writer)
        _ = unlink(path)
        let alarm = channel.eventLoop.scheduleTask(in: ProcessChannel.diagnosticsGrace) { [channel] in
            channel.close(promise: nil)
        }
        return channel.closeFuture.map { [handler] in
            alarm.cancel()
            return handler.value.text
        }
    }

    private static func failure(_ path: String) -> TransportError {
        TransportError(
            // What cleans temporary files may have taken the directory away: the next connection makes another.
            errno == ENOENT ? .transport : .configuration,
            "no pipe for the words of ssh can be made at \(path): \(String(cString: strerror(errno)))",
            reason: .client,
            hint: "set TMPDIR to a short path that this account may write"
        )
    }
}
