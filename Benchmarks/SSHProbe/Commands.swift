import FleetHost
import FleetTransport
import NIOCore
import NIOPosix

/// Commands on one host, over the transport's channels.
enum Commands {
    /// `callers count=N`: so many who all want a channel of a host that nobody has connected to.
    static func callers(_ settings: Settings) async throws {
        let session = try await self.session(settings)
        let count = settings.count("count", default: 64)
        Figures().write()
        waitForWord()
        let begin = Measure.now()
        let served = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<count { group.addTask { (try? await run(["true"], on: session)) == 0 } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        var figures = Figures()
        figures["seconds"] = Double(Measure.now() - begin) / 1e9
        figures["served"] = Double(served)
        figures.write()
        waitForWord()
        await session.close()
    }

    /// `exec channels=C count=N`: commands `true`, so many at a time.
    static func exec(_ settings: Settings) async throws {
        let session = try await self.session(settings)
        let (channels, count) = (settings.count("channels", default: 8), settings.count("count", default: 2_000))
        _ = try await run(["true"], on: session)
        Figures().write()
        waitForWord()
        let (begin, cpu) = (Measure.now(), Measure.processorTime())
        let served = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<channels {
                group.addTask {
                    var served = 0
                    for _ in 0..<count / channels { served += try await run(["true"], on: session) == 0 ? 1 : 0 }
                    return served
                }
            }
            return try await group.reduce(0, +)
        }
        var figures = Figures()
        figures["seconds"] = Double(Measure.now() - begin) / 1e9
        figures["served"] = Double(served)
        figures["wanted"] = Double(count / channels * channels)
        figures["cpu"] = (Measure.processorTime() - cpu) / Double(max(served, 1))
        figures.write()
        waitForWord()
        await session.close()
    }

    /// `bulk bytes=N`: what one command writes.
    static func bulk(_ settings: Settings) async throws {
        let session = try await self.session(settings)
        let bytes = settings.count("bytes", default: 256 << 20)
        _ = try await run(["true"], on: session)
        Figures().write()
        waitForWord()
        let (begin, cpu) = (Measure.now(), Measure.processorTime())
        let counter = ByteCount()
        _ = try await run(["head", "-c", "\(bytes)", "/dev/zero"], on: session, counter)
        var figures = Figures()
        figures["seconds"] = Double(Measure.now() - begin) / 1e9
        figures["cpu_seconds"] = Measure.processorTime() - cpu
        figures["bytes"] = Double(counter.value)
        figures.write()
        waitForWord()
        await session.close()
    }

    private static func session(_ settings: Settings) async throws -> any Session {
        guard let place = settings.places.first else { throw Settings.Fault(message: "the file names no host") }
        return try await settings.connector()
            .transport(to: try settings.spec(place), on: MultiThreadedEventLoopGroup.singleton.next())
            .connect()
    }

    private static func run(
        _ arguments: [String],
        on session: any Session,
        _ counter: ByteCount? = nil
    ) async throws -> Int32? {
        let command = try await session.openChannel(ChannelRequest(arguments: arguments)) { channel in
            if let counter { try channel.pipeline.syncOperations.addHandler(CountingHandler(counter)) }
        }
        guard case .code(let code) = try await command.end.get().status else { return nil }
        return code
    }
}

/// How many bytes came.
///
/// `@unchecked Sendable`: written on the channel's event loop alone, and read when the channel has ended.
final class ByteCount: @unchecked Sendable {
    var value = 0
}

private final class CountingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let counter: ByteCount

    init(_ counter: ByteCount) { self.counter = counter }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        counter.value += unwrapInboundIn(data).readableBytes
    }
}
