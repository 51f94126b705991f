import FleetLibSSH2
import FleetTransport
import Foundation
import NIOCore
import NIOPosix

/// A command's output, when it has ended.
final class OutputHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var text = ""
    private let promise: EventLoopPromise<String>

    init(_ promise: EventLoopPromise<String>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { text += String(buffer: unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        promise.succeed(text)
        context.fireChannelInactive()
    }
}

extension Session {
    /// Runs a command to its end.
    func run(_ arguments: [String]) async throws -> (output: String, end: ChannelEnd) {
        let promise = NIOSingletons.posixEventLoopGroup.next().makePromise(of: String.self)
        let command: CommandChannel
        do {
            command = try await openChannel(ChannelRequest(arguments: arguments)) { channel in
                try channel.pipeline.syncOperations.addHandler(OutputHandler(promise))
            }
        } catch {
            promise.fail(error)
            throw error
        }
        try? await command.channel.close(mode: .output)
        let end = try await command.end.get()
        return (try await promise.futureResult.get(), end)
    }

    /// Runs a command that must do well.
    func check(_ arguments: [String], gives expected: String) async throws {
        let (output, end) = try await run(arguments)
        guard output == expected, end.status == .code(0) else {
            Soak.fail("a command ended with \(end.status) and gave \(output.prefix(40)), not \(expected.prefix(40))")
        }
    }

    /// Kills the server's process of the connection: the command's end cannot be known.
    func endServer() async throws {
        do {
            let (_, end) = try await run(["/bin/sh", "-c", "kill -9 $PPID; sleep 60"])
            guard end.status == .unknown else { Soak.fail("a lost connection is told as \(end.status)") }
        } catch let error as TransportError where error.reason == .lost {}
    }
}

extension Soak {
    /// Commands that do well, fail, are left, cancelled or cut off, and hosts that refuse.
    static func mixed(_ endpoint: SSHEndpoint, stranger: String) async throws {
        let session = try await transport(endpoint).connect()
        try await withThrowingDiscardingTaskGroup { group in
            for code in 0..<3 {
                group.addTask {
                    let script = "head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2; exit \(code)"
                    let (output, end) = try await session.run(["/bin/sh", "-c", script])
                    guard output.utf8.count == 100_000, end.status == .code(Int32(code)) else { fail("\(end.status)") }
                }
            }
            group.addTask {
                let (_, end) = try await session.run(["/bin/sh", "-c", "kill -KILL $$"])
                guard end.status == .signal(9) else { fail("a signal is told as \(end.status)") }
            }
            // Left while it writes, and while it waits.
            for script in ["while :; do echo line; done", "cat"] {
                group.addTask {
                    let command = try await session.openChannel(ChannelRequest(arguments: ["/bin/sh", "-c", script])) {
                        _ in
                    }
                    command.channel.close(promise: nil)
                    _ = try await command.end.get()
                }
            }
            for wait in [0, 2, 20] {
                group.addTask {
                    let task = Task { try await session.run(["/bin/true"]) }
                    try await Task.sleep(for: .milliseconds(wait))
                    task.cancel()
                    _ = try? await task.value
                }
            }
        }
        // Closed while a command runs, whose process has the connection's end told by its input.
        let last = try await session.openChannel(ChannelRequest(arguments: ["/bin/cat"])) { _ in }
        await session.close()
        _ = try await last.end.get()
        // Cut off: the server's process of the connection dies.
        let other = try await transport(endpoint).connect()
        _ = try? await other.run(["/bin/sh", "-c", "kill -KILL $PPID"])
        await other.close()
        try await refusals(endpoint, stranger)
    }

    private static func refusals(_ endpoint: SSHEndpoint, _ stranger: String) async throws {
        var others: [(SSHEndpoint, TransportError.Code)] = []
        var other = endpoint
        other.identity = stranger
        others.append((other, .authentication))
        other = endpoint
        other.knownHosts = "/dev/null"
        others.append((other, .hostKey))
        other = endpoint
        other.port = 1
        others.append((other, .transport))
        other = endpoint
        other.identity = "/dev/null"
        others.append((other, .authentication))
        for (endpoint, code) in others {
            do {
                let session = try await transport(endpoint).connect()
                let result: Result<Void, any Error>
                do {
                    try await session.check(["/bin/true"], gives: "")
                    result = .success(())
                } catch { result = .failure(error) }
                await session.close()
                try result.get()
                fail("a host that should refuse did not")
            } catch let error as TransportError {
                guard error.code == code else { fail("a refusal is told as \(error)") }
            }
        }
    }
}
