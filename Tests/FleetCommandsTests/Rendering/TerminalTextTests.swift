import Testing

@testable import FleetCommands

@Suite("Text that is harmless for a terminal")
struct TerminalTextTests {
    @Test(
        "What a terminal could act on is shown as an escape",
        arguments: [
            ("plain äöü 漢字 🙂", "plain äöü 漢字 🙂"), ("\u{1B}[2J", "\\x1b[2J"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
            ("\0\u{7}\u{7F}", "\\x00\\x07\\x7f"), ("\u{9B}31m", "\\u{9b}31m"), ("\u{85}", "\\u{85}"),
            ("\u{202E}abc\u{2066}", "\\u{202e}abc\\u{2066}"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            ("a\u{200B}b\u{FEFF}", "a\\u{200b}b\\u{feff}"), ("e\u{301}", "e\u{301}"), ("\r\n", "\\r\\n"),
        ]
    )
    func line(text: String, expected: String) {
        #expect(TerminalText.line(text) == expected)
    }

    @Test("Every control character is shown as an escape")
    func controls() {
        for value in Array(0..<0x20) + Array(0x7f..<0xa0) as [UInt32] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(TerminalText.line(String(Character(scalar))).hasPrefix("\\"), "\(value)")
        }
    }

    @Test("A block keeps its lines and tabs")
    func block() {
        #expect(TerminalText.block("a\n\tb\u{1B}c\r\n") == "a\n\tb\\x1bc\\r\n")
    }

    @Test(
        "Columns are counted as a terminal does",
        arguments: [("", 0), ("abc", 3), ("ä", 1), ("e\u{301}", 1), ("漢字", 4), ("한", 2), ("🙂", 2), ("ｱ", 1), ("Ａ", 2)]
    )
    func width(text: String, expected: Int) {
        #expect(TerminalText.width(text) == expected)
    }

    @Test(
        "Text is cut to columns, never within a character",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("漢字漢", 5, "漢字…"), ("漢字漢", 4, "漢…"), ("abc", 1, "…"),
            ("abc", 0, ""), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ]
    )
    func cut(text: String, columns: Int, expected: String) {
        let result = TerminalText.cut(text, to: columns)
        #expect(result == expected)
        #expect(TerminalText.width(result) <= columns)
    }

    @Test(
        "The rest of a character at the end of bytes",
        arguments: [
            ([], 0), ([0x61], 0), ([0xc3], 1), ([0xc3, 0xa4], 0), ([0xe2], 1), ([0xe2, 0x82], 2),
            ([0xe2, 0x82, 0xac], 0),
            ([0xf0, 0x9f, 0x99], 3), ([0xf0, 0x9f, 0x99, 0x82], 0), ([0x82, 0x82], 0), ([0x61, 0xe2, 0x82], 2),
        ] as [([UInt8], Int)]
    )
    func tail(bytes: [UInt8], expected: Int) {
        #expect(UTF8Tail.unfinishedCount(bytes) == expected)
    }

    @Test("A log made harmless in parts is the same however it is cut")
    func sanitizer() {
        let bytes = Array("a\u{1B}[31m€\r\nü\rb\t🙂\n\u{9B}".utf8) + [0xff, 0xe2, 0x82]
        var whole = LogSanitizer()
        let expected = whole.feed(bytes) + whole.finish()
        #expect(expected.hasPrefix("a\\x1b[31m€\nü\\rb\t🙂\n\\u{9b}\u{FFFD}"))
        for size in 1..<bytes.count {
            var sanitizer = LogSanitizer()
            var text = ""
            for start in stride(from: 0, to: bytes.count, by: size) {
                text += sanitizer.feed(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(text + sanitizer.finish() == expected, "in parts of \(size)")
        }
    }

    @Test(
        "Words for a shell to copy",
        arguments: [
            ("plain/path-1.json", "plain/path-1.json"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
            ("$x", "'$x'"),
            ("a\nb", "'a\\nb'"), ("ä", "'ä'"),
        ]
    )
    func shellWord(word: String, expected: String) {
        #expect(ShellWord.quoted(word) == expected)
    }
}
