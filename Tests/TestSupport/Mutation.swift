/// Changes that bytes may suffer on their way.
package enum Mutation {
    /// The bytes with one to four pieces taken out, doubled, moved, mixed or overwritten.
    package static func splice(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, place + length(using: &generator))
            let piece = Array(bytes[place..<end])
            let other = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes.removeSubrange(place..<end)
            case 1: bytes.insert(contentsOf: piece, at: other)
            case 2: bytes.insert(contentsOf: piece.shuffled(using: &generator), at: other)
            case 3: bytes.replaceSubrange(place..<end, with: piece.reversed())
            case 4: bytes.replaceSubrange(place..<end, with: repeatElement(odd(using: &generator), count: piece.count))
            case 5: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 6: bytes[place] = odd(using: &generator)
            default: bytes.removeSubrange(end...)
            }
        }
        return bytes
    }

    /// Short ones more often than long ones.
    private static func length(using generator: inout SeededGenerator) -> Int {
        Int.random(in: 1...(1 << Int.random(in: 1...10, using: &generator)), using: &generator)
    }

    /// Bytes that mean something to somebody.
    private static let oddBytes =
        Array("\0\n\r\t\u{1b}\u{7f}\"'\\{}[]:,=#$%*?@!|-+.0123456789eE ~/".utf8) + [0x80, 0xc0, 0xff]

    private static func odd(using generator: inout SeededGenerator) -> UInt8 {
        oddBytes[Int.random(in: 0..<oddBytes.count, using: &generator)]
    }
}
