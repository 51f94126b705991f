/// Makes text that came from a spec, a task or a host harmless for a terminal.
///
/// What a terminal could act on is shown as an escape: control characters (C0, DEL and C1; ECMA-48), line and
/// paragraph separators, and what changes the direction of writing (Unicode TR 36, "Bidirectional Text Spoofing").
enum TerminalText {
    /// Whether a character could do something to a terminal, or hide what stands there.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7f: false
        case 0..<0x20, 0x7f..<0xa0: true
        case 0x061c, 0x180e, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb: true
        default: false
        }
    }

    /// The text on one line: newlines are shown as escapes too.
    static func line(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return String(text) }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    /// The text with its lines and tabs.
    static func block(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: { isUnsafe($0) && $0 != "\n" }) else { return String(text) }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" {
                result.unicodeScalars.append(scalar)
            } else {
                append(scalar, to: &result)
            }
        }
        return result
    }

    static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        guard isUnsafe(scalar) else {
            result.unicodeScalars.append(scalar)
            return
        }
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        default:
            let hex = String(scalar.value, radix: 16)
            result += scalar.value < 0x80 ? "\\x" + (hex.count < 2 ? "0" : "") + hex : "\\u{\(hex)}"
        }
    }

    /// How many columns the text takes on a terminal, as far as that can be known.
    static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        // The wide blocks of Unicode TR 11: Hangul, CJK, full width forms, pictographs.
        return switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
            2
        default: 1
        }
    }

    /// The text in at most `columns`, with `…` where it was cut.
    static func cut(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        var result = ""
        var used = 0
        for character in text {
            let wide = width(String(character))
            if used + wide > columns - 1 { break }
            result.append(character)
            used += wide
        }
        return columns > 0 ? result + "…" : ""
    }
}

/// Makes a log harmless for a terminal as it comes, in parts; invalid UTF-8 is replaced.
struct LogSanitizer {
    private var pending: [UInt8] = []

    init() {}

    /// The next part; an unfinished character at its end, or a return, waits for the next.
    mutating func feed(_ bytes: some Collection<UInt8>) -> String {
        pending += bytes
        let held = pending.last == UInt8(ascii: "\r") ? 1 : UTF8Tail.unfinishedCount(pending)
        let text = String(decoding: pending.dropLast(held), as: UTF8.self)
        pending.removeFirst(pending.count - held)
        return Self.shown(text)
    }

    /// What waits still.
    mutating func finish() -> String {
        defer { pending = [] }
        return Self.shown(String(decoding: pending, as: UTF8.self))
    }

    /// A return before a newline is part of the line's end, not worth an escape.
    private static func shown(_ text: String) -> String {
        var result = ""
        var heldReturn = false
        for scalar in text.unicodeScalars {
            if heldReturn, scalar != "\n" { result += "\\r" }
            heldReturn = scalar == "\r"
            if heldReturn { continue }
            if scalar == "\n" || scalar == "\t" {
                result.unicodeScalars.append(scalar)
            } else {
                TerminalText.append(scalar, to: &result)
            }
        }
        return heldReturn ? result + "\\r" : result
    }
}

/// The end of bytes that were cut anywhere.
enum UTF8Tail {
    /// How many bytes at the end begin a character of UTF-8 without ending it (RFC 3629).
    static func unfinishedCount(_ bytes: some BidirectionalCollection<UInt8>) -> Int {
        var count = 0
        for byte in bytes.suffix(3).reversed() {
            count += 1
            if byte & 0b1100_0000 == 0b1000_0000 { continue }
            let needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
            return needed > count ? count : 0
        }
        return 0
    }
}
