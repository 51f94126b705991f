import FleetTransport
import Foundation
import NIOCore
import TestServers

/// A command that a case talks to.
final class Talk: Sendable {
    /// What came so far.
    struct Heard: Sendable {
        /// The bytes, unless they are only counted.
        var bytes: [UInt8] = []
        /// How many came.
        var count = 0
        /// Whether the command's output has ended.
        var isOver = false
    }

    let command: CommandChannel
    let heard: Watched<Heard>

    private init(_ command: CommandChannel, _ heard: Watched<Heard>) { (self.command, self.heard) = (command, heard) }

    /// Opens a channel.
    static func open(
        _ session: any Session,
        _ request: ChannelRequest,
        isPaused: Bool = false,
        take: (@Sendable (ByteBuffer) -> Void)? = nil
    ) async throws -> Talk {
        let heard = Watched(Heard())
        let command = try await session.openChannel(request) { channel in
            try channel.pipeline.syncOperations.addHandler(TalkHandler(heard, take: take))
        }
        if isPaused { try await command.channel.setOption(.autoRead, value: false).get() }
        return Talk(command, heard)
    }

    /// The text that came so far.
    var text: String { String(decoding: heard.value.bytes, as: UTF8.self) }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await command.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// Closes the command's standard input, unless the command has ended already.
    func finish() async throws {
        do {
            try await command.channel.close(mode: .output).get()
        } catch ChannelError.alreadyClosed {
        } catch ChannelError.outputClosed {}
    }

    /// Waits for words in the output.
    func wait(for words: String) async throws {
        try await heard.wait("\"\(words)\"") { String(decoding: $0.bytes, as: UTF8.self).contains(words) }
    }

    /// Waits for the output's end.
    func over() async throws { try await heard.wait("the end of the output") { $0.isOver } }

    /// Leaves the command; what of it is here goes.
    func leave() { command.channel.close(promise: nil) }

    /// How it ended.
    func end() async throws -> ChannelEnd { try await command.end.get() }
}

extension Session {
    /// Opens a channel to talk over.
    func talk(_ arguments: [String], environment: [String: String] = [:]) async throws -> Talk {
        try await Talk.open(self, ChannelRequest(arguments: arguments, environment: environment))
    }

    /// Runs a program without input to its end, and gives its output.
    func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (output: String, end: ChannelEnd) {
        let talk = try await talk(arguments, environment: environment)
        try await talk.finish()
        try await talk.over()
        return (talk.text, try await talk.end())
    }
}

/// The words of a shell's text, and its arguments.
func shell(_ text: String, _ arguments: String...) -> [String] { ["/bin/sh", "-c", text, "sh"] + arguments }

/// Hears what a command says.
private final class TalkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let heard: Watched<Talk.Heard>
    private let take: (@Sendable (ByteBuffer) -> Void)?

    init(_ heard: Watched<Talk.Heard>, take: (@Sendable (ByteBuffer) -> Void)?) {
        self.heard = heard
        self.take = take
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if let take {
            take(part)
            heard.change { $0.count += part.readableBytes }
        } else {
            heard.change {
                $0.bytes.append(contentsOf: part.readableBytesView)
                $0.count += part.readableBytes
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { heard.change { $0.isOver = true } }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        heard.change { $0.isOver = true }
        context.fireChannelInactive()
    }
}
