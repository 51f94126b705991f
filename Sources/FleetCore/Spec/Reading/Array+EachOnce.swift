extension Array where Element: Hashable {
    /// The elements without those that were there before.
    var eachOnce: [Element] {
        guard count > 1 else { return self }
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
