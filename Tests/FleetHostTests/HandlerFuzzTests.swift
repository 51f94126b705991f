import FleetWire
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import FleetHost

/// A hostile host: what a good one says, with bytes changed, cut out, put in and repeated.
@Suite struct HandlerFuzzTests {
    /// A seed of its own for every run of the tests; it is printed where one fails.
    static let seeds: [UInt64] = {
        var generator = SystemRandomNumberGenerator()
        return (0..<400).map { _ in generator.next() }
    }()

    @Test func whateverComesEveryCallerIsToldOnce() throws {
        for seed in Self.seeds {
            var generator = SeededGenerator(seed: seed)
            let bench = try HandlerBench(polling: .every(.milliseconds(1), patience: .seconds(1)))
            let calls: [Int] = [
                bench.send(.hello(Hello())), bench.send(.status(StatusRequest())), bench.send(.claim(.sample())),
                bench.send(.ping), bench.send(.log(LogRequest(key: .sample(), offset: 0, limit: 9))),
            ]
            var bytes = Self.conversation
            for _ in 0..<Int.random(in: 1...6, using: &generator) { Self.mutate(&bytes, using: &generator) }
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = rest.prefix(Int.random(in: 1...max(1, rest.count / 2), using: &generator))
                bench.feed(part)
                bench.advance(Int64.random(in: 0...20, using: &generator))
                rest = rest.dropFirst(part.count)
            }
            try? bench.channel.close().wait()
            bench.channel.embeddedEventLoop.run()
            for call in calls { #expect(bench.count(of: call) == 1, "seed \(seed)") }
            #expect(bench.losses.count <= 1, "seed \(seed)")
        }
    }

    /// What a good host says to the calls above.
    private static let conversation: [UInt8] = {
        var chunk = FileChunk()
        chunk.bytes = Array("log".utf8)
        var report = AttemptReport.sample("a", .exited)
        report.exit = .signal(9)
        report.survivors = [1, 2, 3]
        report.logDigest = "ab"
        let frames: [Frame] = [
            Reply.hello(HelloReply()).frame(id: 1),
            Reply.reports(Reports([report])).frame(id: 0),
            Reply.reports(Reports([report, .sample("b")], isLast: false)).frame(id: 2),
            Reply.done.frame(id: 4),
            Reply.reports(Reports([.sample("c", .lost)])).frame(id: 2),
            Reply.failure(WireFailure(.refused, "no")).frame(id: 3),
            Reply.reports(Reports([.sample("b")])).frame(id: StatusPoller.requestID),
            Reply.chunk(chunk).frame(id: 5),
        ]
        return Array("motd\n".utf8) + Preamble.marker(nonce: HandlerBench.nonce) + frames.flatMap(\.bytes)
    }()

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: bytes.removeSubrange(place...)
        default:
            let noise = (place..<end).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            bytes.insert(contentsOf: noise, at: place)
        }
    }
}
