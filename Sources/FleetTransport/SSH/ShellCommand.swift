/// Command lines that mean the same to every login shell: sh, bash, zsh, dash, busybox, fish, csh and tcsh.
///
/// Between single quotes these agree on every character but the quote itself, a backslash before a quote or another
/// backslash (fish), `!` (csh) and a newline (csh). So words that have one of those travel as octal escapes, which
/// `/bin/sh` turns back.
package enum ShellCommand {
    /// A line that prints a marker and a newline, and then becomes the program.
    ///
    /// - Parameters:
    ///   - arguments: the program, looked for on the host's `PATH`, and its arguments; any text without NUL.
    ///   - marker: a word of letters, digits, `:`, `-` and `.`.
    /// - Returns: the line.
    package static func line(_ arguments: [String], marker: String) -> String {
        guard arguments.contains(where: { !isPlain($0) }) else {
            let words = arguments.map { "'\($0)'" }.joined(separator: " ")
            return "exec /bin/sh -c 'echo \(marker); exec \"$@\"' sh \(words)"
        }
        // A dot guards newlines at the end, which a command substitution would take away.
        let script =
            "n=$#; while [ $n -gt 0 ]; do v=$(printf %b. \"$1\"); shift; set -- \"$@\" \"${v%.}\"; n=$((n-1)); done; "
            + "echo \(marker); exec \"$@\""
        let words = arguments.map { "'\(isPlain($0) ? $0 : escaped($0))'" }
        return "exec /bin/sh -c '\(script)' sh \(words.joined(separator: " "))"
    }

    /// A word between single quotes, for `/bin/sh` alone.
    static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    private static let backslash = UInt8(ascii: "\\")

    /// Whether a word means itself between single quotes everywhere.
    private static func isPlain(_ word: String) -> Bool {
        word.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != 0x7f && byte != UInt8(ascii: "'") && byte != backslash && byte != UInt8(ascii: "!")
        }
    }

    /// The word as `printf %b` takes it, with every byte that is not a plain character as `\0ooo`.
    private static func escaped(_ word: String) -> String {
        var text = ""
        for byte in word.utf8 {
            let isSafe =
                byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "'") && byte != backslash
                && byte != UInt8(ascii: "!")
            if isSafe {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let octal = String(byte, radix: 8)
                text += "\\0" + String(repeating: "0", count: 3 - octal.count) + octal
            }
        }
        return text
    }
}
