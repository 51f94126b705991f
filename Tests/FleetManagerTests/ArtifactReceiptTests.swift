import FleetCore
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

@Suite struct ArtifactReceiptTests {
    static func task(_ expected: [ExpectedArtifact]) -> TaskSpec {
        var task = TaskSpec.sample("a")
        task.expectedArtifacts = expected
        return task
    }

    static func entry(_ path: String, pattern: UInt32 = 0) -> ArtifactEntry {
        var entry = ArtifactEntry()
        entry.path = path
        entry.bytes = 7
        entry.digest = "d1"
        entry.pattern = pattern
        return entry
    }

    static func closing(_ entries: [ArtifactEntry], problems: [String] = []) -> Closing {
        var closing = Closing(report: ReceiptTests.report(.code(0)))
        var reply = CollectReply()
        reply.entries = entries
        reply.problems = problems
        closing.artifacts = reply
        return closing
    }

    @Test func theLogIsAnArtifactWithItsSizeAndDigest() throws {
        var report = ReceiptTests.report(.code(0))
        report.logBytes = 1_000
        report.logDropped = 400
        report.logDigest = "ab"
        let event = try ReceiptTests.receipt(Closing(report: report), task: Self.task([.log]))
        #expect(event.outcome == .passed)
        #expect(event.log == LogSummary(bytes: 1_000, dropped: 400, sha256: "ab"))
        #expect(
            event.artifacts == [
                ArtifactRecord(kind: "log", path: ".codewhale/fleet/r/logs/a.1.log", bytes: 600, sha256: "ab")
            ]
        )
    }

    @Test func anEmptyLogIsAnArtifactWithoutAFile() throws {
        var report = ReceiptTests.report(.code(0))
        report.logDigest = "e3"
        let event = try ReceiptTests.receipt(Closing(report: report), task: Self.task([.log]))
        #expect(event.outcome == .passed)
        #expect(event.artifacts == [ArtifactRecord(kind: "log", path: nil, bytes: 0, sha256: "e3")])
    }

    @Test(
        "A log of which nothing could be kept is missing",
        arguments: [(10, 10, "e3"), (10, 0, nil), (0, 0, nil)] as [(UInt64, UInt64, String?)]
    )
    func lostLog(bytes: UInt64, dropped: UInt64, digest: String?) throws {
        var report = ReceiptTests.report(.code(0))
        (report.logBytes, report.logDropped, report.logDigest) = (bytes, dropped, digest)
        let event = try ReceiptTests.receipt(Closing(report: report), task: Self.task([.log]))
        #expect(event.failure == Failure(class: .artifact, message: "the expected artifact log is not there"))
        #expect(event.artifacts == [])
    }

    @Test func whatIsThereBearsItsKind() throws {
        let task = Self.task([
            .log, ExpectedArtifact(kind: "junit", path: "*.xml"), ExpectedArtifact(kind: "summary"),
            ExpectedArtifact(kind: "cover", path: "c/*"),
        ])
        let entries = [
            Self.entry("x.xml", pattern: 1), Self.entry("c/lcov", pattern: 2), Self.entry("summary.md"),
            Self.entry("notes"),
        ]
        var closing = Self.closing(entries)
        closing.report.logDigest = "e3"
        let event = try ReceiptTests.receipt(closing, task: task)
        #expect(event.failure == nil)
        #expect(event.artifacts.map(\.kind) == ["log", "junit", "cover", "summary", "file"])
        #expect(event.artifacts.dropFirst().first?.path == ".codewhale/fleet/r/artifacts/a.1/x.xml")
    }

    @Test(
        arguments: [
            ([ExpectedArtifact(kind: "junit", path: "*.xml")], [], "the expected artifact *.xml is not there"),
            (
                [ExpectedArtifact(kind: "report")], ["reports", "x/report"],
                "the expected artifact $CODEWHALE_ARTIFACTS_DIR/report is not there"
            ),
            (
                [ExpectedArtifact(kind: "a", path: "a"), ExpectedArtifact(kind: "b", path: "b")], [],
                "2 expected artifacts are not there, the first of them a"
            ),
        ] as [([ExpectedArtifact], [String], String)]
    )
    func whatIsMissingFailsTheAttempt(_ expected: [ExpectedArtifact], _ found: [String], _ message: String) throws {
        let closing = Self.closing(found.map { Self.entry($0) })
        let event = try ReceiptTests.receipt(closing, task: Self.task(expected))
        #expect(event.failure == Failure(class: .artifact, message: message))
        #expect(event.exit == .code(0))
    }

    @Test func aProblemOfTheHostIsTold() throws {
        let task = Self.task([ExpectedArtifact(kind: "a", path: "a")])
        let event = try ReceiptTests.receipt(Self.closing([], problems: ["a is a directory"]), task: task)
        #expect(event.failure?.message == "the expected artifact a is not there (a is a directory)")
    }

    @Test func whatCouldNotBeCollectedFailsTheAttempt() throws {
        var closing = Closing(report: ReceiptTests.report(.code(0)))
        closing.collectFailure = "the disk is full"
        let event = try ReceiptTests.receipt(closing, task: Self.task([ExpectedArtifact(kind: "a", path: "a")]))
        #expect(event.failure?.message == "its artifacts could not be collected: the disk is full")
    }

    @Test func aProgramThatFailedIsNotBlamedForItsArtifacts() throws {
        var closing = Self.closing([])
        closing.report.exit = .code(2)
        let event = try ReceiptTests.receipt(closing, task: Self.task([ExpectedArtifact(kind: "a", path: "a")]))
        #expect(event.failure?.class == .task)
    }
}
