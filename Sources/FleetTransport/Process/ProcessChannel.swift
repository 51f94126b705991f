import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs a child process with its standard input and output as a NIO channel.
///
/// The local transport runs the supervisor itself so, and the system transport its `ssh`.
enum ProcessChannel {
    /// How long its standard error is read after its end.
    static let diagnosticsGrace = TimeAmount.milliseconds(200)

    static func open(
        _ request: ChannelRequest,
        on eventLoop: any EventLoop,
        closeGrace: TimeAmount,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        // A write to a child that is gone is an error of that channel, not the end of this process.
        _ = signal(SIGPIPE, SIG_IGN)
        let process = try SpawnedProcess(arguments: request.arguments, environment: request.environment)
        let pid = process.pid
        let diagnostics = NIOLoopBoundBox.makeBoxSendingValue(DiagnosticsHandler(), eventLoop: eventLoop)
        let fault = NIOLoopBoundBox<(any Error)?>.makeEmptyBox(valueType: (any Error).self, eventLoop: eventLoop)
        var owned = [process.diagnostics, process.input, process.output]
        do {
            let stderr = try await NIOPipeBootstrap(group: eventLoop)
                .channelOption(.allowRemoteHalfClosure, value: false)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(diagnostics.value)
                    }
                }
                .takingOwnershipOfDescriptor(input: process.diagnostics)
                .get()
            owned.removeFirst()
            let channel = try await NIOPipeBootstrap(group: eventLoop)
                .channelInitializer { channel in
                    // A bootstrap whose initializer fails closes the descriptors, though it says that it does not.
                    do { try configure(channel) } catch { fault.value = error }
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .takingOwnershipOfDescriptors(input: process.output, output: process.input)
                .get()
            owned = []
            let end = channel.closeFuture.flatMap { () -> EventLoopFuture<ChannelEnd> in
                let killer = eventLoop.scheduleTask(in: closeGrace) { _ = kill(pid, SIGKILL) }
                return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { SpawnedProcess.awaitEnd(of: pid) }
                    .flatMap {
                        // Only now is the pid given back, so that the signal cannot meet another process.
                        killer.cancel()
                        let status = SpawnedProcess.reap(pid)
                        return rest(of: stderr).map { ChannelEnd(status: status, diagnostics: diagnostics.value.text) }
                    }
            }
            let configurationFault = try await eventLoop.submit { fault.value }.get()
            guard let configurationFault else { return CommandChannel(channel: channel, end: end) }
            _ = kill(pid, SIGKILL)
            channel.close(promise: nil)
            _ = try? await end.get()
            throw configurationFault
        } catch  where !owned.isEmpty {
            // What a bootstrap could not take is left to us.
            for descriptor in owned { _ = close(descriptor) }
            _ = kill(pid, SIGKILL)
            _ = try? await NIOThreadPool.singleton.runIfActive { SpawnedProcess.awaitEnd(of: pid) }
            _ = SpawnedProcess.reap(pid)
            throw error
        }
    }

    /// Succeeds when all is read that the child wrote to standard error; or soon, where somebody else holds that open.
    private static func rest(of stderr: any NIOCore.Channel) -> EventLoopFuture<Void> {
        let alarm = stderr.eventLoop.scheduleTask(in: diagnosticsGrace) { stderr.close(promise: nil) }
        return stderr.closeFuture.always { _ in alarm.cancel() }
    }
}

/// Keeps the last 64 KiB that a child wrote to standard error.
private final class DiagnosticsHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static let limit = 64 << 10
    private var bytes: [UInt8] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        if bytes.count > Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }
}
