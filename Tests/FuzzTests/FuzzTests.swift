import TestSupport
import Testing

/// What is read of others, changed at random: never a trap, and what each reader owes holds.
///
/// `CODEWHALE_TEST_THOROUGH=1` tries a hundred times as many changes; `Scripts/fuzz` looks for others with libFuzzer.
@Suite(.timeLimit(.minutes(60))) struct FuzzTests {
    @Test(arguments: Reader.all) func corpusIsRead(_ reader: Reader) {
        for bytes in reader.corpus + [[]] { #expect(reader.complaint(bytes) == nil) }
    }

    @Test(arguments: Reader.all) func changedBytesAreReadToTheirEnd(_ reader: Reader) {
        var generator = SeededGenerator(seed: Thorough.seed)
        let rounds = Thorough.rounds(1_500)
        print("\(rounds) changes for \(reader.name) with CODEWHALE_TEST_SEED=\(Thorough.seed)")
        for _ in 0..<rounds {
            let whole = reader.corpus.randomElement(using: &generator) ?? []
            let bytes = Mutation.splice(whole, using: &generator)
            if let complaint = reader.complaint(bytes) {
                let text = String(decoding: bytes, as: UTF8.self).debugDescription
                Issue.record("\(reader.name): \(complaint), of \(text)")
                return
            }
        }
    }

    /// Many of the same, or something very long, takes no time that grows faster than it does.
    @Test(arguments: Reader.all) func muchIsReadInTime(_ reader: Reader) {
        let clock = ContinuousClock()
        for whole in reader.corpus {
            func time(_ times: Int) -> Duration {
                let bytes = Array(repeatElement(whole, count: times).joined())
                return clock.measure { #expect(reader.complaint(bytes) == nil) }
            }
            let (little, much) = (time(20), time(400))
            #expect(much < .milliseconds(500) + little * 100, "\(reader.name): \(little), then \(much)")
        }
    }
}

extension Reader: CustomTestStringConvertible {
    var testDescription: String { name }
}
