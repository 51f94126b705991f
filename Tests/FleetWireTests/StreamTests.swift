import FleetWire
import TestSupport
import Testing

/// Frames in a stream, from an end that is not trusted.
@Suite struct StreamTests {
    private static let key = AttemptKey(run: "r", task: "t", attempt: 1, nonce: "n")

    private static let types: [(type: UInt8, request: Request)] = [
        (1, .hello(Hello())), (2, .start(StartRequest(key: key, arguments: [], workingDirectory: ""))),
        (3, .status(StatusRequest())), (4, .log(LogRequest(key: key, offset: 0, limit: 0))),
        (5, .end(EndRequest(key: key, mode: .stop))), (6, .claim(key)), (7, .cleanup(CleanupRequest(keys: []))),
        (8, .collect(CollectRequest(key: key, patterns: []))),
        (9, .artifact(ArtifactRequest(key: key, path: "", offset: 0, limit: 0))), (10, .ping),
        (11, .renew(LeaseRequest(validity: 1))), (12, .workspaces),
    ]

    private static let answers: [(type: UInt8, reply: Reply)] = [
        (129, .hello(HelloReply())), (130, .reports(Reports([]))), (131, .chunk(FileChunk())),
        (132, .ended(EndReply(outcome: .stopped, report: AttemptReport(key: key, state: .lost)))),
        (133, .collected(CollectReply())), (134, .done), (135, .failure(WireFailure(.refused, ""))),
        (136, .workspaces(Workspaces([]))),
    ]

    @Test(arguments: types) func requestKeepsItsNumber(type: UInt8, request: Request) throws {
        #expect(request.frame(id: 9).type == type)
        #expect(try Request(request.frame(id: 9)) == request)
    }

    @Test(arguments: answers) func answerKeepsItsNumber(type: UInt8, reply: Reply) throws {
        #expect(reply.frame(id: 0).type == type)
        #expect(try Reply(reply.frame(id: 0)) == reply)
    }

    @Test func otherNumbersAreUnknown() {
        for type in UInt8.min...UInt8.max {
            let frame = Frame(type: type, requestID: 1, payload: [])
            if !(1...12).contains(type) { #expect(throws: WireError.unknownType(type)) { try Request(frame) } }
            if !(129...136).contains(type) { #expect(throws: WireError.unknownType(type)) { try Reply(frame) } }
        }
    }

    @Test func frameIsLengthTypeNumberPayload() {
        #expect(Frame(type: 7, requestID: 0x0102_0304, payload: [8, 9]).bytes == [0, 0, 0, 7, 7, 1, 2, 3, 4, 8, 9])
        #expect(Frame(type: 255, requestID: .max, payload: []).bytes == [0, 0, 0, 5, 255, 255, 255, 255, 255])
    }

    @Test(arguments: [0, 1, 4]) func frameWithoutTypeAndNumberIsMalformed(length: UInt8) {
        var position = 0
        #expect(throws: WireError.malformed("frame of \(length) bytes")) {
            try Frame.take(from: [0, 0, 0, length, 1, 1, 1, 1], at: &position)
        }
        #expect(position == 0)
    }

    @Test func longestFrameIsTakenAndALongerOneRefused() throws {
        let longest = Frame(type: 1, requestID: 2, payload: [UInt8](repeating: 3, count: Frame.maximumLength - 5))
        var position = 0
        #expect(try Frame.take(from: longest.bytes, at: &position) == longest)
        #expect(position == Frame.maximumLength + 4)
        position = 0
        #expect(throws: WireError.oversized(Frame.maximumLength + 1)) {
            try Frame.take(from: [0, 0x10, 0, 1], at: &position)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func framesAreTakenHoweverTheyArrive(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let frames = (0..<200)
            .map { number in
                let size = Int.random(in: 0...300, using: &generator)
                return Frame(
                    type: UInt8(number % 256),
                    requestID: UInt32(number),
                    payload: [UInt8](repeating: 7, count: size)
                )
            }
        let stream = frames.flatMap(\.bytes)
        var buffer: [UInt8] = []
        var taken: [Frame] = []
        var place = 0
        while place < stream.count {
            let end = min(stream.count, place + Int.random(in: 1...700, using: &generator))
            buffer += stream[place..<end]
            place = end
            var position = 0
            while let frame = try Frame.take(from: buffer, at: &position) { taken.append(frame) }
            buffer.removeFirst(position)
        }
        #expect(taken == frames, "seed \(seed)")
        #expect(buffer.isEmpty)
    }

    @Test(arguments: [4, 5, 6] as [UInt64]) func noiseNeverTraps(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var noise = (0..<Int.random(in: 0...60, using: &generator))
                .map { _ in UInt8.random(in: 0...255, using: &generator) }
            if noise.count > 4 { noise.replaceSubrange(0..<4, with: [0, 0, 0, UInt8(noise.count - 4)]) }
            var position = 0
            guard let frame = try? Frame.take(from: noise, at: &position) else { continue }
            #expect(position <= noise.count)
            _ = try? Request(frame)
            _ = try? Reply(frame)
        }
    }

    /// A line that no shell prints by itself: it begins with a NUL byte, and has this channel's nonce.
    @Test func markerNamesTheChannel() {
        #expect(Preamble.marker(nonce: "00ff") == [0] + Array("codewhale-fleet/1 00ff\n".utf8))
    }
}
