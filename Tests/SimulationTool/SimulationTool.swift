import Foundation
import Simulation

/// Plays histories without the rest of the tests: `simulate COUNT [FIRST]`, `simulate each COUNT [FIRST]` with a line for
/// each, or `simulate tell SEED`.
@main enum SimulationTool {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "tell", let seed = arguments.dropFirst().first.flatMap({ UInt64($0) }) {
            let outcome = await Campaign.tell(seed)
            for line in outcome.story { print(line) }
            print(outcome.words)
            exit(outcome.breaches.isEmpty ? 0 : 1)
        }
        let numbers = arguments.compactMap { UInt64($0) }
        let isEach = arguments.first == "each"
        let campaign = Campaign(first: numbers.dropFirst().first ?? 1, count: numbers.first ?? 20_000) { outcome in
            if isEach { print(outcome.words) }
        }
        let tally = await campaign.run()
        for outcome in tally.failures { print("seed \(outcome.seed): \(outcome.breaches.joined(separator: "; "))") }
        print(tally.words)
        exit(tally.failures.isEmpty ? 0 : 1)
    }
}
