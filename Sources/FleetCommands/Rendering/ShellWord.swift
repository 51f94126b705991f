/// A word of a command line that is shown to be copied.
enum ShellWord {
    /// The word as a shell takes it; harmless for a terminal.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "/._-+=:@%,".utf8.contains(byte)
                }
            }
        if isPlain { return word }
        return TerminalText.line(
            "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
        )
    }
}
