/// Something that reads foreign bytes: what it is tried with, and what has to hold of whatever comes.
struct Reader: Sendable {
    /// Its name, for tests and for `Scripts/fuzz`.
    let name: String
    /// What it reads in earnest.
    let corpus: [[UInt8]]
    /// Reads some bytes, and tells what does not hold; nil where all does.
    let complaint: @Sendable ([UInt8]) -> String?

    /// All there are.
    static let all: [Reader] = [
        .json, .toml, .ledger, .requests, .replies, .knownHosts, .clientConfiguration, .clientWords,
    ]
}

extension Reader {
    /// What is wrong with a message: it has to be of some length at most, and nothing in it may change a terminal.
    static func complaint(about message: String) -> String? {
        if message.utf8.count > 20_000 { return "a message of \(message.utf8.count) bytes" }
        let isRaw = message.unicodeScalars.contains { scalar in
            (scalar.value < 0x20 && scalar != "\n") || (0x7f..<0xa0).contains(scalar.value)
        }
        return isRaw ? "a message with control characters: \(message.debugDescription)" : nil
    }
}
