/// A pattern of paths: `*`, `?` and `[…]` within a name, `**` for any number of directories.
///
/// As in a shell, a name that begins with a dot is met only by a pattern that says so.
package struct Glob: Sendable {
    /// The pattern's names, from the top.
    let segments: [[UInt8]]

    /// A pattern; empty names count for nothing.
    package init(_ pattern: String) {
        segments = pattern.utf8.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != [UInt8(ascii: ".")] }
    }

    /// Whether a name of a pattern stands for any number of directories.
    static func isDeep(_ segment: [UInt8]) -> Bool { segment.elementsEqual("**".utf8) }

    /// Whether a name of a pattern stands for itself alone.
    static func isLiteral(_ segment: [UInt8]) -> Bool {
        !segment.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    /// Whether a path below the top meets the pattern.
    package func matches(_ path: String) -> Bool {
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        return matches(names[...], segments[...])
    }

    private func matches(_ names: ArraySlice<[UInt8]>, _ segments: ArraySlice<[UInt8]>) -> Bool {
        guard let segment = segments.first else { return names.isEmpty }
        if Glob.isDeep(segment) {
            if matches(names, segments.dropFirst()) { return true }
            guard let name = names.first, name.first != UInt8(ascii: ".") else { return false }
            return matches(names.dropFirst(), segments)
        }
        guard let name = names.first, Glob.matches(name: name, segment) else { return false }
        return matches(names.dropFirst(), segments.dropFirst())
    }

    /// Whether one name meets one name of a pattern.
    static func matches(name: [UInt8], _ pattern: [UInt8]) -> Bool {
        if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        // One star is remembered at a time: where what follows does not fit, it takes one more byte.
        var (place, at) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if let next = Glob.step(pattern, place, name[at]) {
                place = next
                at += 1
            } else if let known = star {
                star = (known.pattern, known.name + 1)
                place = known.pattern + 1
                at = known.name + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Where the pattern goes on after it took a byte; nothing where it does not take it.
    private static func step(_ pattern: [UInt8], _ place: Int, _ byte: UInt8) -> Int? {
        guard place < pattern.count else { return nil }
        switch pattern[place] {
        case UInt8(ascii: "?"): return place + 1
        case UInt8(ascii: "["):
            guard let (end, isIn) = set(pattern, place, byte) else {
                return byte == UInt8(ascii: "[") ? place + 1 : nil
            }
            return isIn ? end : nil
        case byte: return place + 1
        default: return nil
        }
    }

    /// Whether a byte is in a set such as `[a-z_]` or `[!0-9]`, and where the set ends; nothing where it does not end.
    private static func set(_ pattern: [UInt8], _ start: Int, _ byte: UInt8) -> (end: Int, isIn: Bool)? {
        var place = start + 1
        var isNegated = false
        if place < pattern.count, pattern[place] == UInt8(ascii: "!") || pattern[place] == UInt8(ascii: "^") {
            isNegated = true
            place += 1
        }
        var isIn = false
        var isFirst = true
        while place < pattern.count, isFirst || pattern[place] != UInt8(ascii: "]") {
            isFirst = false
            let low = pattern[place]
            if place + 2 < pattern.count, pattern[place + 1] == UInt8(ascii: "-"),
                pattern[place + 2] != UInt8(ascii: "]")
            {
                if low <= byte, byte <= pattern[place + 2] { isIn = true }
                place += 3
            } else {
                if low == byte { isIn = true }
                place += 1
            }
        }
        return place < pattern.count ? (place + 1, isIn != isNegated) : nil
    }
}
