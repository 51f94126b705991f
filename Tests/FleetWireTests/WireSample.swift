import FleetWire
import Testing

/// A message as it travels, with what can be done to it without its type.
struct WireSample: Sendable, CustomTestStringConvertible {
    /// The type's name, and what is special about this one.
    var name: String
    /// The message as bytes.
    var bytes: [UInt8]
    /// Reads a message of its type; whether it is this one.
    var isReadFrom: @Sendable ([UInt8]) throws -> Bool
    /// Reads a message of its type, and writes it again.
    var rewritten: @Sendable ([UInt8]) throws -> [UInt8]

    init<Message: WireMessage>(_ message: Message, _ note: String = "") {
        name = "\(Message.self)\(note.isEmpty ? "" : " \(note)")"
        bytes = message.wireBytes
        isReadFrom = { try Message(wireBytes: $0[...]) == message }
        rewritten = { try Message(wireBytes: $0[...]).wireBytes }
    }

    var testDescription: String { name }
}

extension WireSample {
    static let text = "é\u{1f40b}\0\"\\\n\u{1b}"
    static let key = AttemptKey(run: "nightly-1", task: "lint.2", attempt: .max, nonce: text)

    /// A message of each type with every field, and with the fewest.
    static let all: [WireSample] = full + sparse

    /// A message of each type with every field set, none of them to its default.
    static let full: [WireSample] = [
        WireSample(key), WireSample(WireVariable(name: "LANG", value: text)), WireSample(hello), WireSample(helloReply),
        WireSample(start), WireSample(StatusRequest(keys: [key, key], run: "r")),
        WireSample(Reports([report, AttemptReport(key: key, state: .running)], isLast: true)), WireSample(report),
        WireSample(signalled, "by signal"), WireSample(LogRequest(key: key, offset: .max, limit: .max)),
        WireSample(chunk), WireSample(EndRequest(key: key, mode: .interrupt, grace: 7)),
        WireSample(EndReply(outcome: .survivors, report: report, reason: text)),
        WireSample(CollectRequest(key: key, patterns: ["**/*.xml", "", text])), WireSample(entry),
        WireSample(collected),
        WireSample(ArtifactRequest(key: key, path: text, offset: 3, limit: 4)),
        WireSample(CleanupRequest(keys: [key, key, key])), WireSample(WireFailure(.inputOutput, text)),
        WireSample(LeaseRequest(validity: .max)), WireSample(leased, "with a lease"),
        WireSample(StatusRequest(workspace: "w-1"), "of a workspace"),
        WireSample(EndRequest(key: key, mode: .interrupt, grace: 7, onlyUnowned: true), "of nobody's"),
        WireSample(workspace),
        WireSample(Workspaces([workspace, WorkspaceEntry()])),
    ]

    /// A message of each type with nothing in it.
    static let sparse: [WireSample] = {
        let key = AttemptKey(run: "", task: "", attempt: 0, nonce: "")
        let report = AttemptReport(key: key, state: .unknown)
        return [
            WireSample(key, "empty"), WireSample(WireVariable(name: "", value: ""), "empty"),
            WireSample(Hello(), "empty"),
            WireSample(HelloReply(), "empty"),
            WireSample(StartRequest(key: key, arguments: [], workingDirectory: ""), "empty"),
            WireSample(StatusRequest(), "empty"), WireSample(Reports([], isLast: false), "empty"),
            WireSample(report, "empty"), WireSample(LogRequest(key: key, offset: 0, limit: 0), "empty"),
            WireSample(FileChunk(), "empty"), WireSample(EndRequest(key: key, mode: .stop), "empty"),
            WireSample(EndReply(outcome: .unknown, report: report), "empty"),
            WireSample(CollectRequest(key: key, patterns: []), "empty"), WireSample(ArtifactEntry(), "empty"),
            WireSample(CollectReply(), "empty"),
            WireSample(ArtifactRequest(key: key, path: "", offset: 0, limit: 0), "empty"),
            WireSample(CleanupRequest(keys: []), "empty"), WireSample(WireFailure(.badRequest, ""), "empty"),
            WireSample(CleanupRequest(keys: [key], onlyUnowned: true), "only what nobody drives"),
            WireSample(WireFailure(.refused, "", usedNumber: .max), "with a number"),
            WireSample(WireFailure.ofHost(.configuration, "full"), "of a host"),
            WireSample(revised, "with a revision"),
            WireSample(LeaseRequest(validity: 0), "empty"), WireSample(WorkspaceEntry(), "empty"),
            WireSample(Workspaces([]), "empty"),
        ]
    }()

    private static let hello: Hello = {
        var hello = Hello()
        hello.version = 7
        hello.digestKey = [0, 255, 1]
        hello.names = ["LANG", ""]
        hello.variables = [WireVariable(name: "A", value: text), WireVariable(name: "", value: "")]
        return hello
    }()

    private static let helloReply: HelloReply = {
        var reply = HelloReply()
        reply.version = 7
        reply.bootID = "b"
        reply.hostName = text
        reply.platform = "linux-x86_64"
        reply.userID = .max
        reply.home = "/home/me"
        reply.clock = .max
        reply.pid = 4_194_304
        reply.digests = [WireVariable(name: "LANG", value: "a9")]
        return reply
    }()

    private static let revised: HelloReply = {
        var reply = helloReply
        reply.revision = 3
        return reply
    }()

    private static let start: StartRequest = {
        var start = StartRequest(key: key, arguments: ["sh", "", text, "-x"], workingDirectory: "~/w")
        start.environment = [WireVariable(name: "A", value: "=\n")]
        start.forwardedNames = ["LANG", "TZ"]
        start.pathPrefix = "/a:/b"
        start.timeout = 1
        start.grace = 2
        start.drain = 3
        start.logLimit = 4
        start.logHead = 5
        start.logPath = "/l"
        start.artifactsDirectory = "/a"
        start.wantsLogDigest = true
        return start
    }()

    private static let leased: StartRequest = {
        var start = Self.start
        start.leaseValidity = 6
        start.lossLimit = 7
        return start
    }()

    private static let workspace: WorkspaceEntry = {
        var entry = WorkspaceEntry()
        entry.id = "w-1"
        entry.isOwn = true
        entry.hasLease = true
        entry.leaseLeft = 1
        entry.leaseOver = 2
        entry.running = 3
        entry.ended = .max
        return entry
    }()

    private static let report: AttemptReport = {
        var report = AttemptReport(key: key, state: .exited)
        report.pid = 17
        report.startedAt = 1
        report.finishedAt = 2
        report.exit = .code(137)
        report.cause = .timeout
        report.userMicroseconds = 3
        report.systemMicroseconds = 4
        report.peakMemoryBytes = 5
        report.logBytes = 6
        report.logDropped = 7
        report.logDigest = "ab"
        report.leftBehind = 8
        report.survivors = [9, .max]
        report.hasArtifacts = true
        report.revision = 10
        return report
    }()

    private static let signalled: AttemptReport = {
        var signalled = report
        signalled.exit = .signal(9)
        return signalled
    }()

    private static let chunk: FileChunk = {
        var chunk = FileChunk()
        chunk.offset = 1
        chunk.bytes = Array(0...255)
        chunk.total = 2
        chunk.gapEnd = 3
        chunk.isFinal = true
        return chunk
    }()

    private static let entry: ArtifactEntry = {
        var entry = ArtifactEntry()
        entry.path = "out/report.xml"
        entry.bytes = .max
        entry.digest = "ab"
        entry.pattern = 2
        return entry
    }()

    private static let collected: CollectReply = {
        var reply = CollectReply()
        reply.entries = [entry, ArtifactEntry()]
        reply.problems = [text, ""]
        return reply
    }()
}
