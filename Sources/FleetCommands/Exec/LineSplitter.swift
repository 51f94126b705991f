/// Cuts a stream of bytes into lines of text of bounded length.
///
/// Invalid UTF-8 is replaced by U+FFFD. A line longer than the limit comes in parts, cut between characters.
struct LineSplitter {
    /// A line, or a part of one.
    struct Line: Equatable {
        /// Its text, without the newline.
        let text: String
        /// Whether the next part continues it.
        let continues: Bool
    }

    /// The most bytes of a part.
    let limit: Int
    private var pending: [UInt8] = []

    /// A splitter for lines of at most so many bytes.
    init(limit: Int = 32 << 10) { self.limit = max(limit, 4) }

    /// The lines that are complete with these bytes.
    mutating func feed(_ bytes: some Collection<UInt8>) -> [Line] {
        var result: [Line] = []
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            pending += rest[..<newline]
            rest = rest[rest.index(after: newline)...]
            cut(into: &result)
            result.append(Line(text: String(decoding: pending, as: UTF8.self), continues: false))
            pending.removeAll(keepingCapacity: true)
        }
        pending += rest
        cut(into: &result)
        return result
    }

    /// What was left without a newline.
    mutating func finish() -> [Line] {
        guard !pending.isEmpty else { return [] }
        defer { pending = [] }
        return [Line(text: String(decoding: pending, as: UTF8.self), continues: false)]
    }

    private mutating func cut(into result: inout [Line]) {
        var start = 0
        while pending.count - start > limit {
            var end = start + limit
            end -= UTF8Tail.unfinishedCount(pending[start..<end])
            result.append(Line(text: String(decoding: pending[start..<end], as: UTF8.self), continues: true))
            start = end
        }
        if start > 0 { pending.removeFirst(start) }
    }
}
