import FleetTransport
import NIOCore
import NIOPosix
import Testing

@testable import FleetLibSSH2

/// What passes on channels and connections as long as they live, and who holds them afterwards: until then each holds the
/// other.
@Suite(.timeLimit(.minutes(2)))
struct ChannelLifeTests {
    enum Ending: CaseIterable { case ofCommand, ofChannel, ofConnection }

    /// What is looked at; the references are read and set on the event loop alone.
    private final class Traces: @unchecked Sendable {
        weak var channel: SSHChildChannel?
        weak var connection: SSHConnection?
    }

    @Test(arguments: Ending.allCases)
    func nothingHoldsWhatHasEnded(_ ending: Ending) async throws {
        let traces = Traces()
        var loop: (any EventLoop)?
        try await withSession { session in
            let command = try await session.openChannel(ChannelRequest(arguments: ["cat"])) { channel in
                traces.channel = channel as? SSHChildChannel
                traces.connection = traces.channel?.connection
            }
            loop = command.channel.eventLoop
            let isSeen = command.channel.eventLoop.submit { traces.channel != nil && traces.connection != nil }
            #expect(try await isSeen.get())
            switch ending {
            case .ofCommand:
                try await command.channel.close(mode: .output).get()
                _ = try await command.end.get()
            case .ofChannel: try await command.channel.close().get()
            // With its pool.
            case .ofConnection: break
            }
        }
        let turns = try #require(loop)
        // What was to be done when they ended is done by the event loop.
        for _ in 0..<1_000 where try await turns.submit({ traces.channel != nil || traces.connection != nil }).get() {}
        let held = try await turns.submit { (traces.channel != nil, traces.connection != nil) }.get()
        #expect(held == (false, false))
    }

    /// Counts what leaves.
    private final class Passage: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var sent = 0

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            sent += 1
            context.write(data, promise: promise)
        }
    }

    /// However short the time between two, and whichever way the clock was set meanwhile.
    @Test func everyPingIsSent() async throws {
        try await withSession { session in
            let traces = Traces()
            let command = try await session.openChannel(ChannelRequest(arguments: ["cat"])) { channel in
                traces.connection = (channel as? SSHChildChannel)?.connection
            }
            try await command.channel.eventLoop
                .submit {
                    let connection = try #require(traces.connection)
                    let passage = Passage()
                    try connection.context?.pipeline.syncOperations.addHandler(passage, position: .before(connection))
                    for count in 1...3 {
                        connection.ping()
                        #expect(passage.sent == count)
                    }
                }
                .get()
            try await expectUse(of: session)
            try await command.channel.close()
        }
    }

    /// Asks for more with every piece, and at no other time.
    private final class PieceReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private var count = 0
        private let ended: EventLoopPromise<Int>

        init(_ ended: EventLoopPromise<Int>) { self.ended = ended }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            count += unwrapInboundIn(data).readableBytes
            context.read()
        }

        func channelInactive(context: ChannelHandlerContext) { ended.succeed(count) }
    }

    @Test func aReadThatIsAskedForWithAPieceIsDone() async throws {
        try await withSession { session in
            let ended = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Int.self)
            let request = ChannelRequest(arguments: ["head", "-c", "3000000", "/dev/zero"])
            let command = try await session.openChannel(request) { channel in
                // Done at once, as it is asked for on the event loop.
                _ = channel.setOption(.autoRead, value: false)
                try channel.pipeline.syncOperations.addHandler(PieceReader(ended))
            }
            command.channel.read()
            #expect(try await ended.futureResult.get() == 3_000_000)
            #expect(try await command.end.get().status == .code(0))
        }
    }
}
