import FleetCore

extension NearestName {
    /// `did you mean …?`, for a name that is a slip of a known one or the beginning of it; nil where none is near.
    static func hint(_ name: String, in known: some Sequence<String>) -> String? {
        (find(name, among: known) ?? beginning(name, in: known)).map { "did you mean \(TerminalText.line($0))?" }
    }

    /// The first known name that begins with three characters or more.
    private static func beginning(_ name: String, in known: some Sequence<String>) -> String? {
        guard name.utf8.count >= 3 else { return nil }
        return known.first { $0.hasPrefix(name) }
    }
}
