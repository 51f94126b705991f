import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A child process with its standard input and output as a NIO channel.
///
/// The local transport runs the supervisor itself so, and the system transport its `ssh`. That the child closed its
/// output is told as `ChannelEvent.inputClosed`; the channel stays until the child has ended, or is closed here.
struct ProcessChannel: Sendable {
    /// Standard input and output, and the child's end.
    let command: CommandChannel
    private let killer: ChildKiller
    private let diagnostics: NIOLoopBoundBox<DiagnosticsHandler>

    /// How long its standard error is read after its end.
    static let diagnosticsGrace = TimeAmount.milliseconds(200)

    /// What it wrote to standard error so far, at most the last 64 KiB.
    func diagnosticsSoFar() async -> String {
        (try? await command.channel.eventLoop.submit { [diagnostics] in diagnostics.value.text }.get()) ?? ""
    }

    /// Ends the child at once; what waits for its end is told.
    func kill() {
        command.channel.eventLoop.execute { [killer, command] in
            killer.kill()
            command.channel.close(promise: nil)
        }
    }

    /// Starts a child.
    ///
    /// - Parameters:
    ///   - request: its command line, whose first word is a path, and its whole environment.
    ///   - eventLoop: where the channel runs.
    ///   - closeGrace: how long the child may go on after the channel was closed before it is killed.
    ///   - mayKill: asked then, on the event loop; where it says no, it is asked again after as long.
    ///   - configure: adds the channel's handlers.
    /// - Returns: the child.
    /// - Throws: ``TransportError`` where it cannot be started, and what `configure` throws; then nothing is left.
    static func open(
        _ request: ChannelRequest,
        on eventLoop: any EventLoop,
        closeGrace: TimeAmount,
        mayKill: @escaping @Sendable () -> Bool = { true },
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> ProcessChannel {
        // A write to a child that is gone is an error of that channel, not the end of this process.
        _ = signal(SIGPIPE, SIG_IGN)
        let process = try SpawnedProcess(arguments: request.arguments, environment: request.environment)
        let pid = process.pid
        let diagnostics = NIOLoopBoundBox.makeBoxSendingValue(DiagnosticsHandler(), eventLoop: eventLoop)
        let fault = NIOLoopBoundBox<(any Error)?>.makeEmptyBox(valueType: (any Error).self, eventLoop: eventLoop)
        let outputEnd = eventLoop.makePromise(of: Void.self)
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
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    // A bootstrap whose initializer fails closes the descriptors, though it says that it does not.
                    do {
                        try channel.pipeline.syncOperations.addHandler(OutputEndHandler(outputEnd))
                        try configure(channel)
                    } catch {
                        fault.value = error
                    }
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .takingOwnershipOfDescriptors(input: process.output, output: process.input)
                .get()
            owned = []
            let killer = ChildKiller(pid, after: closeGrace, on: eventLoop, mayKill: mayKill)
            channel.closeFuture.whenComplete { _ in killer.start() }
            // A child whose output has ended has mostly ended, or does so soon; the closing of our side ends it. Only
            // then does a thread wait for it.
            let isEnding = EventLoopFuture.firstOf(channel.closeFuture, outputEnd.futureResult, on: eventLoop)
            let end = isEnding.flatMap { () -> EventLoopFuture<ChannelEnd> in
                NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { SpawnedProcess.awaitEnd(of: pid) }
                    .flatMap {
                        // Only now is the pid given back, so that the signal cannot meet another process.
                        killer.cancel()
                        let status = SpawnedProcess.reap(pid)
                        channel.close(promise: nil)
                        return rest(of: stderr).map { ChannelEnd(status: status, diagnostics: diagnostics.value.text) }
                    }
            }
            let configurationFault = try await eventLoop.submit { fault.value }.get()
            guard let configurationFault else {
                let command = CommandChannel(channel: channel, end: end)
                return ProcessChannel(command: command, killer: killer, diagnostics: diagnostics)
            }
            try await eventLoop.submit { killer.kill() }.get()
            channel.close(promise: nil)
            _ = try? await end.get()
            throw configurationFault
        } catch  where !owned.isEmpty {
            // What a bootstrap could not take is left to us.
            for descriptor in owned { _ = close(descriptor) }
            outputEnd.succeed()
            SpawnedProcess.kill(pid)
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

extension EventLoopFuture where Value == Void {
    /// Succeeds when the first of two has completed, whatever came of it.
    fileprivate static func firstOf(
        _ one: EventLoopFuture<Void>,
        _ other: EventLoopFuture<Void>,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let isDone = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: eventLoop)
        for future in [one, other] {
            future.whenComplete { _ in
                guard !isDone.value else { return }
                isDone.value = true
                promise.succeed()
            }
        }
        return promise.futureResult
    }
}
