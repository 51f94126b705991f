/// Shows lines at the bottom of a terminal, and others in their place.
///
/// The cursor stands below the lines between two paintings, so that a process which ends at any moment leaves an
/// orderly terminal (ECMA-48: CUU, ED).
struct LivePainter {
    private var shownLines = 0

    /// What makes the terminal show these lines in place of the last ones; they are harmless, and no wider than it.
    mutating func paint(_ lines: [String]) -> String {
        defer { shownLines = lines.count }
        return erase() + lines.map { $0 + "\n" }.joined()
    }

    /// What takes the lines away.
    mutating func erase() -> String {
        defer { shownLines = 0 }
        return shownLines > 0 ? "\u{1B}[\(shownLines)A\r\u{1B}[J" : ""
    }
}
