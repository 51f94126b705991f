/// The random numbers of one history: the same for the same seed, on every machine (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    /// The numbers of a seed; neighbouring seeds have nothing in common.
    init(seed: UInt64) {
        state = seed &* 0xD134_2543_DE82_EF95
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something happens that does so many times in a hundred.
    mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }

    /// A number between two, these included.
    mutating func between(_ least: Int64, _ most: Int64) -> Int64 {
        least + Int64(next() % UInt64(most - least + 1))
    }

    /// A number of a range.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int(between(Int64(range.lowerBound), Int64(range.upperBound)))
    }

    /// One of several.
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }

    /// A time in milliseconds: most often short, now and then long.
    mutating func delay(_ least: Int64, _ most: Int64) -> Int64 {
        let spread = chance(70) ? max(1, (most - least) / 8) : most - least
        return least + Int64(next() % UInt64(spread + 1))
    }
}
