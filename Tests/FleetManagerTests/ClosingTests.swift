import FleetCore
import FleetHost
import FleetLedger
import FleetWire
import Testing

@testable import FleetManager

@Suite struct ClosingTests {
    @Test(
        arguments: [
            ("", nil),
            ("plain text\n", nil),
            (#"{"type":"error","message":"no agent"}"#, "no agent"),
            (
                "{\"type\":\"error\",\"message\":\"first\"}\n{\"type\":\"error\",\"message\":\"last\"}\n{\"type\":\"end\"}",
                "last"
            ),
            ("{\"type\":\"error\",\"message\":\"good\"}\n{broken\n{\"type\":\"error\"}\n", "good"),
            ("{\"type\":\"error\",\"message\":7}\n", nil),
        ] as [(String, String?)]
    )
    func theLastErrorOfALogIsFound(_ log: String, _ message: String?) {
        #expect(Closing.lastErrorMessage(in: Array(log.utf8)) == message)
    }

    @Test func aLongMessageIsCut() {
        let text = String(repeating: "x", count: 5_000)
        let found = Closing.lastErrorMessage(in: Array("{\"type\":\"error\",\"message\":\"\(text)\"}".utf8))
        #expect(found?.count == 1_000)
    }

    @Test func theHostIsAskedOnlyForWhatTheReceiptNeeds() {
        var report = ReceiptTests.report(.code(0))
        #expect(!Closing.needsMore(report, task: .sample("a")))
        #expect(!Closing.needsMore(report, task: ArtifactReceiptTests.task([.log])))
        #expect(Closing.needsMore(report, task: ArtifactReceiptTests.task([ExpectedArtifact(kind: "a", path: "a")])))
        report.hasArtifacts = true
        #expect(Closing.needsMore(report, task: .sample("a")))
        report.state = .lost
        #expect(!Closing.needsMore(report, task: .sample("a")))
        let unset = ReceiptTests.report(.code(78))
        #expect(Closing.needsMore(unset, task: ReceiptTests.instructions))
        #expect(!Closing.needsMore(unset, task: .sample("a")))
    }

    @Test func theAgentsSentenceIsReadFromTheEndOfItsLog() async throws {
        let log =
            Array(repeating: UInt8(ascii: "."), count: 70_000)
            + Array("\n{\"type\":\"error\",\"message\":\"set CODEWHALE_AGENT\"}\n".utf8)
        let machine = FakeMachine { _ in
            .init(exit: .code(78), finish: { $0.logBytes = UInt64(log.count) }, log: log)
        }
        try await Site.with(machine) { site in
            let (end, run, _) = try await site.drive([ReceiptTests.instructions])
            #expect(end.status == .failed)
            #expect(run["a"]?.failure == Failure(class: .configuration, message: "set CODEWHALE_AGENT"))
        }
    }

    @Test(
        arguments: [
            (HostError(.malformed, "fake: frame too long"), RunManager.answerTries, 3_600),
            (FakeMachine.lost, RunManager.connectionTries, 0.05),
            (HostError(.inputOutput, "fake: too much"), 1, 3_600),
        ] as [(HostError, Int, Double)]
    )
    func whatCannotBeCollectedIsNotAskedForWithoutEnd(_ error: HostError, _ tries: Int, _ seconds: Double) async throws
    {
        let machine = FakeMachine { _ in .init(collectFailure: error) }
        try await Site.with(machine) { site in
            let task = ArtifactReceiptTests.task([ExpectedArtifact(kind: "a", path: "a")])
            let driving = site.begin(try await site.create([task], lostAfter: seconds))
            #expect(try await driving.end.status == .failed)
            let attempt = try #require(try site.state(of: driving.run).tasks[0].attempts.first)
            #expect(attempt.exit == .code(0))
            #expect(attempt.failure?.class == .artifact)
            #expect(attempt.failure?.message == "its artifacts could not be collected: \(error.message)")
            #expect(machine.calls.count { if case .collect = $0 { true } else { false } } == tries)
        }
    }
}
