/// What somebody may have meant.
enum NearestName {
    /// The known name that is nearest to `name`, where it is near enough to be a slip; the first of equals.
    static func find(_ name: String, in known: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8)
        let limit = max(1, min(wanted.count / 3, 3))
        var best: (name: String, distance: Int)?
        for candidate in known {
            let bytes = Array(candidate.lowercased().utf8)
            guard abs(bytes.count - wanted.count) <= limit || isPrefix(wanted, of: bytes) else { continue }
            let distance = isPrefix(wanted, of: bytes) ? limit : self.distance(wanted, bytes)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// `did you mean …?`, or nil.
    static func hint(_ name: String, in known: some Sequence<String>) -> String? {
        find(name, in: known).map { "did you mean \(TerminalText.line($0))?" }
    }

    /// Three bytes and more of the beginning count as near.
    private static func isPrefix(_ wanted: [UInt8], of known: [UInt8]) -> Bool {
        wanted.count >= 3 && known.starts(with: wanted)
    }

    /// The least number of changed, missing, additional and swapped neighbouring bytes (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(
                    previous[column] + (byte == other ? 0 : 1),
                    previous[column + 1] + 1,
                    current[column] + 1
                )
                if row > 0, column > 0, byte == right[column - 1], other == left[row - 1] {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
