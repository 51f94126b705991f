/// The names of a line of known hosts: patterns with commas between them (`PATTERNS` in `ssh_config(5)`).
///
/// `*` stands for any number of bytes, `?` for one, and a `!` before a pattern says whom the line is not of. Letters of
/// ASCII are compared without their case.
struct HostPatterns {
    /// A pattern as long as this is none to OpenSSH, and then its line names nobody.
    static let patternLimit = 1023

    /// The patterns, as they stand in the line.
    let text: ArraySlice<UInt8>

    /// Whether the line is of a host, whose name is in lower case.
    ///
    /// One pattern with `!` before it that fits outweighs all others.
    func match(_ name: [UInt8]) -> Bool {
        var isNamed = false
        // An empty pattern fits no name.
        for pattern in text.split(separator: UInt8(ascii: ",")) {
            let isNegated = pattern.first == UInt8(ascii: "!")
            let rest = isNegated ? pattern.dropFirst() : pattern
            guard rest.count < Self.patternLimit else { return false }
            guard Self.isMatch(name, rest) else { continue }
            if isNegated { return false }
            isNamed = true
        }
        return isNamed
    }

    /// Whether one pattern fits a name, in a time that is no more than the product of their lengths.
    static func isMatch(_ name: [UInt8], _ pattern: ArraySlice<UInt8>) -> Bool {
        var (at, next) = (0, pattern.startIndex)
        // Where to go on after the last `*`, should what follows it not fit.
        var retry: (at: Int, next: Int)?
        while at < name.count {
            if next < pattern.endIndex, pattern[next] == UInt8(ascii: "*") {
                next += 1
                retry = (at, next)
            } else if next < pattern.endIndex,
                pattern[next] == UInt8(ascii: "?") || pattern[next].lowercased == name[at]
            {
                (at, next) = (at + 1, next + 1)
            } else if let last = retry {
                retry = (last.at + 1, last.next)
                (at, next) = (last.at + 1, last.next)
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension UInt8 {
    /// The byte, in lower case where it is a letter of ASCII.
    var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self + 32 : self }
}
