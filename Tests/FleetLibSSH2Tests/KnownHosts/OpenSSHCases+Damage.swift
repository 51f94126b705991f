@testable import FleetLibSSH2

/// Lines that are no lines, and lines in other spellings.
extension OpenSSHCase {
    private static let zeros: String = {
        var parts = SampleKeys.parts(SampleKeys.rsa)
        parts[2] = [0, 0, 0] + parts[2]
        return SampleKeys.text(SampleKeys.blob(parts))
    }()
    private static let shortRSA = SampleKeys.line("ssh-rsa", [1, 0, 1], [UInt8](repeating: 113, count: 96))
    private static let noPoint: String = {
        var blob = SampleKeys.blob(SampleKeys.ecdsa256)
        blob[blob.count - 1] ^= 2
        return "ecdsa-sha2-nistp256 " + SampleKeys.text(blob)
    }()
    private static let securityKey = SampleKeys.line(
        "sk-ssh-ed25519@openssh.com",
        [UInt8](repeating: 3, count: 32),
        Array("ssh:".utf8)
    )
    private static let trailing = SampleKeys.text(SampleKeys.blob(SampleKeys.first) + [0])

    static let damaged: [[OpenSSHCase]] = [
        rows("names alone", "a.example\na.example \nb.example {ed}\n"),
        rows("a comment for a key", "a.example # {ed}\nb.example {ed}\n"),
        rows("a type alone", "a.example ssh-ed25519\na.example ssh-ed25519 \nb.example {ed}\n"),
        rows("a key without its type", "a.example {ed.64}\n"),
        rows("no base64", "a.example ssh-ed25519 not-base64!\n*.example {ed}\n"),
        rows("no base64, and nothing else", "* ssh-ed25519 AAAA!\n"),
        rows("base64 that is cut", "* {ed2}A\n"),
        rows("base64 with too much padding", "* {ed2}=\n"),
        rows("a key that is cut", "* ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG4ckCDL2Il8\n*.example {ed}\n"),
        rows("more than a key", "* ssh-ed25519 \(trailing)\n"),
        rows("another type than the key's", "* ssh-rsa {ed.64}\n* ssh-ed25519 {rsa.64}\n"),
        rows("another curve than the key's", "* ecdsa-sha2-nistp384 {ec2.64}\n"),
        rows("a point beside the curve", "* \(noPoint)\n"),
        rows("a key of RSA that is too short", "* \(shortRSA)\n"),
        rows("a key of the first protocol", "a.example 1024 35 1234567890\nb.example {ed}\n"),
        rows("an unknown type", "* ssh-none {ed.64}\n"),
        rows("a short name of a type", "* ED25519 {ed.64}\n* ed25519 {ed.64}\n"),
        rows("a type in capitals", "* SSH-ED25519 {ed.64}\n"),
        rows("control characters", "a.example\u{1}\u{2} garbage\n\u{1B}[31m\n*.example {ed}\n"),
        rows("a name of no ASCII", "\u{E4}.example,a.example {ed}\n"),
        rows("bytes that are never text's end", "a.exa\0mple {ed}\nb.example {ed}\0 x\n"),
    ]

    static let spelling: [[OpenSSHCase]] = [
        rows("blanks and tabs", "  a.example \t {ed} \t a comment\n\tb.example\tssh-ed25519\t{ed.64}\n"),
        rows("carriage returns", "# a file of another system\r\na.example {ed}\r\nb.example {ed} me\r\n"),
        rows("a carriage return behind a name", "a.example\r {ed}\n"),
        rows("no newline at the end", "b.example {ed2}\na.example {ed}"),
        rows("a comment behind the key", "a.example {ed} # me@here\n"),
        rows("a key of a security key", "* \(securityKey)\n"),
        rows("a key of DSA", "* {dss}\n", needed: "ssh-dss"),
        rows("zeros before a number", "a.example ssh-rsa \(zeros)\n"),
        rows("vertical tabs within a key", "a.example ssh-ed25519 {ed.64}\u{0B}\u{0C}\n"),
    ]
}
