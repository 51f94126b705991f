import FleetWire
import Testing

@Suite struct FrameTests {
    static let key = AttemptKey(run: "r1", task: "lint", attempt: 2, nonce: "00ff")

    static var requests: [Request] {
        var start = StartRequest(key: key, arguments: ["sh", "-c", "", "a b\n\"$x"], workingDirectory: "~/w")
        start.environment = [WireVariable(name: "A", value: "=\n ")]
        start.forwardedNames = ["LANG"]
        start.pathPrefix = "/opt/bin"
        start.logPath = "/tmp/x.log"
        start.wantsLogDigest = true
        var hello = Hello()
        hello.digestKey = [0, 255, 1]
        hello.names = ["PROFILE"]
        return [
            .hello(hello), .start(start), .status(StatusRequest(keys: [key], run: "r1")),
            .log(LogRequest(key: key, offset: 1 << 40, limit: 9)),
            .end(EndRequest(key: key, mode: .interrupt, grace: 7)),
            .claim(key), .cleanup(CleanupRequest(keys: [key, key])),
            .collect(CollectRequest(key: key, patterns: ["**/*.xml"])),
            .artifact(ArtifactRequest(key: key, path: "a/b", offset: 3, limit: 4)), .ping,
        ]
    }

    /// A greeting with every field of its own, so that none that is cut off looks like its default.
    static let greeting: HelloReply = {
        var greeting = HelloReply()
        greeting.version = 7
        greeting.bootID = "boot"
        greeting.hostName = "builder"
        greeting.platform = "linux-x86_64"
        greeting.userID = 1_000
        greeting.home = "/home/me"
        greeting.clock = 1_760_000_000_000
        greeting.pid = 4_711
        greeting.digests = [WireVariable(name: "LANG", value: "a9")]
        return greeting
    }()

    static var replies: [Reply] {
        var report = AttemptReport(key: key, state: .exited)
        report.exit = .signal(9)
        report.cause = .timeout
        report.survivors = [4, 5]
        report.logDigest = "ab"
        var chunk = FileChunk()
        chunk.bytes = [0, 1, 255]
        chunk.isFinal = true
        var collected = CollectReply()
        collected.entries = [ArtifactEntry()]
        collected.problems = ["none"]
        return [
            .hello(greeting), .reports(Reports([report], isLast: false)), .chunk(chunk),
            .ended(EndReply(outcome: .survivors, report: report, reason: "root's")), .collected(collected), .done,
            .failure(WireFailure(.conflict, "taken")),
        ]
    }

    @Test(arguments: requests) func requestSurvivesTheWire(_ request: Request) throws {
        let bytes = request.frame(id: 77).bytes
        var position = 0
        let frame = try #require(try Frame.take(from: bytes, at: &position))
        #expect(position == bytes.count)
        #expect(frame.requestID == 77)
        #expect(try Request(frame) == request)
    }

    @Test(arguments: replies) func replySurvivesTheWire(_ reply: Reply) throws {
        let bytes = reply.frame(id: 1).bytes
        var position = 0
        let frame = try #require(try Frame.take(from: bytes, at: &position))
        #expect(try Reply(frame) == reply)
    }

    @Test(arguments: replies) func cutPayloadNeverTraps(_ reply: Reply) {
        let frame = reply.frame(id: 1)
        for length in 0..<frame.payload.count {
            let cut = Frame(type: frame.type, requestID: 1, payload: Array(frame.payload.prefix(length)))
            // Either a shorter message or an error: anything but a trap, and never the whole message.
            #expect((try? Reply(cut)) != reply)
        }
    }

    @Test func incompleteFrameWaits() throws {
        let bytes = Request.ping.frame(id: 3).bytes
        for length in 0..<bytes.count {
            var position = 0
            #expect(try Frame.take(from: Array(bytes.prefix(length)), at: &position) == nil)
            #expect(position == 0)
        }
    }

    @Test func oversizedFrameIsRefusedBeforeItsBytesCome() {
        var position = 0
        #expect(throws: WireError.oversized(0x7fff_ffff)) {
            try Frame.take(from: [0x7f, 0xff, 0xff, 0xff], at: &position)
        }
    }

    @Test func unknownFieldsAreSkipped() throws {
        var writer = WireWriter()
        Self.key.encode(into: &writer)
        writer.field(200, "from a newer version")
        #expect(try AttemptKey(wireBytes: writer.bytes[...]) == Self.key)
    }
}
