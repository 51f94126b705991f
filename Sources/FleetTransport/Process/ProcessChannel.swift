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
    /// How long a child may go on after its channel was closed before it is killed.
    static let closeGrace = TimeAmount.seconds(5)

    static func open(
        _ request: ChannelRequest,
        on eventLoop: any EventLoop,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        // A write to a child that is gone is an error of that channel, not the end of this process.
        _ = signal(SIGPIPE, SIG_IGN)
        let process = try SpawnedProcess(arguments: request.arguments, environment: request.environment)
        let pid = process.pid
        let diagnostics = DiagnosticsHandler()
        do {
            let boundDiagnostics = NIOLoopBoundBox.makeBoxSendingValue(diagnostics, eventLoop: eventLoop)
            let stderr = try await NIOPipeBootstrap(group: eventLoop)
                .channelOption(.allowRemoteHalfClosure, value: false)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(boundDiagnostics.value)
                    }
                }
                .takingOwnershipOfDescriptor(input: process.diagnostics)
                .get()
            let channel = try await NIOPipeBootstrap(group: eventLoop)
                .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try configure(channel) } }
                .takingOwnershipOfDescriptors(input: process.output, output: process.input)
                .get()
            let end = channel.closeFuture.flatMap { () -> EventLoopFuture<ChannelEnd> in
                let killer = eventLoop.scheduleTask(in: closeGrace) { _ = kill(pid, SIGKILL) }
                return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { SpawnedProcess.wait(for: pid) }
                    .map { status in
                        killer.cancel()
                        stderr.close(promise: nil)
                        return ChannelEnd(status: status, diagnostics: boundDiagnostics.value.text)
                    }
            }
            return CommandChannel(channel: channel, end: end)
        } catch {
            _ = kill(pid, SIGKILL)
            _ = try? await NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { SpawnedProcess.wait(for: pid) }
                .get()
            throw error
        }
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
