import FleetCore
import FleetWire
import Testing

@testable import FleetManager

@Suite(.timeLimit(.minutes(1))) struct MailboxTests {
    private static func reports(_ count: Int) -> [AttemptReport] {
        (0..<count)
            .map {
                AttemptReport(key: AttemptKey(run: "r", task: "t\($0)", attempt: 1, nonce: "n"), state: .exited)
            }
    }

    @Test func whatCameMeanwhileComesInOneBatchInOrder() async throws {
        let mailbox = Mailbox()
        mailbox.post(.drain)
        mailbox.post(.due)
        let batch = try #require(await mailbox.next())
        guard case .drain = batch.first, case .due = batch.last, batch.count == 2 else {
            Issue.record("\(batch)")
            return
        }
    }

    @Test func whoeverWaitsIsWoken() async throws {
        let mailbox = Mailbox()
        async let batch = mailbox.next()
        mailbox.post(.due)
        #expect(try #require(await batch).count == 1)
    }

    @Test func whoeverIsCancelledIsLetGo() async {
        let mailbox = Mailbox()
        let task = Task { await mailbox.next() == nil }
        task.cancel()
        #expect(await task.value)
    }

    @Test func aHostThatNeverStopsTellingCostsNoMoreThanTheBound() async throws {
        let mailbox = Mailbox()
        let many = Self.reports(1_000)
        for _ in 0..<100 { mailbox.post(.reported(0, many)) }
        mailbox.post(.due)
        let batch = try #require(await mailbox.next())
        let kept = batch.reduce(0) { if case .reported(_, let reports) = $1 { $0 + reports.count } else { $0 } }
        #expect(kept == Mailbox.reportLimit)
        #expect(batch.count { if case .reportsDropped = $0 { true } else { false } } == 1)
        guard case .due = batch.last else {
            Issue.record("what is no report was dropped")
            return
        }
        // There is room again.
        mailbox.post(.reported(0, many))
        #expect(try #require(await mailbox.next()).count == 1)
    }

    @Test func longReportsCostNoMoreThanTheBound() async throws {
        let mailbox = Mailbox()
        let key = AttemptKey(run: String(repeating: "r", count: 1 << 20), task: "t", attempt: 1, nonce: "n")
        for _ in 0..<200 { mailbox.post(.reported(0, [AttemptReport(key: key, state: .running)])) }
        let batch = try #require(await mailbox.next())
        let kept = batch.count { if case .reported = $0 { true } else { false } }
        #expect(kept == Mailbox.byteLimit >> 20 - 1)
        #expect(batch.count { if case .reportsDropped = $0 { true } else { false } } == 1)
    }

    @Test func whatWasDroppedIsAskedFor() async throws {
        let machine = FakeMachine { _ in .init(exit: nil, pushes: 0) }
        try await Site.with(machine) { site in
            let driving = site.begin(try await site.create([.sample("a")]))
            await driving.waitForRunning()
            machine.finish("a")
            driving.manager.mailbox.post(.reportsDropped)
            #expect(try await driving.end.status == .completed)
        }
    }
}
