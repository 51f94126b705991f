import Foundation
import Simulation
import Testing

/// Thousands of histories of a run, each of another seed, in which everything goes wrong that may.
///
/// `CODEWHALE_SIM_SEED` plays one seed and tells its story; `CODEWHALE_SIM_COUNT` says how many seeds there are, and
/// `CODEWHALE_SIM_FIRST` the first of them.
@Suite struct SimulationTests {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test func noHistoryBreaksAPromise() async throws {
        if let seed = Self.number("CODEWHALE_SIM_SEED") {
            let outcome = await Campaign.tell(seed)
            for line in outcome.story { print(line) }
            print(outcome.words)
            #expect(outcome.breaches.isEmpty, "seed \(seed)")
            return
        }
        let first = Self.number("CODEWHALE_SIM_FIRST") ?? 1
        let tally = await Campaign(first: first, count: Self.number("CODEWHALE_SIM_COUNT") ?? 20_000).run()
        print(tally.words)
        for outcome in tally.failures.prefix(5) {
            Issue.record("seed \(outcome.seed): \(outcome.breaches.joined(separator: "; "))")
        }
        #expect(tally.failures.isEmpty, "play one again with CODEWHALE_SIM_SEED=… ./Scripts/test --filter Simulation")
    }

    @Test func aSeedIsAHistory() async {
        for seed in UInt64(1)...40 {
            let words = (await Campaign.tell(seed).words, await Campaign.tell(seed).words)
            #expect(words.0 == words.1)
        }
    }

    @Test func aQuietDayAddsNextToNothingToTheLedger() async {
        let day = await Campaign.onThread { QuietDay(workers: 200, machines: 10) }
        print("a quiet day of 200 workers: a ledger of \(day.before) bytes has \(day.after); \(day.steps) steps")
        #expect(day.running == 200)
        #expect(day.before > 0)
        #expect(day.after - day.before <= 1 << 20)
    }
}
