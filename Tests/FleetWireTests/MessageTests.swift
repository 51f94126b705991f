import FleetWire
import TestSupport
import Testing

/// Every type of message, from bytes that are right, newer, cut off, or hostile.
@Suite struct MessageTests {
    /// Where the fields of a message begin, and where the last one ends.
    private static func bounds(_ bytes: [UInt8]) -> [Int] {
        var bounds = [0]
        while let start = bounds.last, start < bytes.count {
            let length = bytes[start + 1..<start + 5].reduce(0) { $0 << 8 | Int($1) }
            bounds.append(start + 5 + length)
        }
        return bounds
    }

    @Test(arguments: WireSample.all) func isReadAsItWasWritten(_ sample: WireSample) throws {
        #expect(try sample.isReadFrom(sample.bytes))
        #expect(try sample.rewritten(sample.bytes) == sample.bytes)
    }

    /// Fields may be added, never renumbered: an end of another version has to understand these very bytes.
    @Test(arguments: WireSample.full) func bytesAreThoseOfTheFirstVersion(_ sample: WireSample) {
        var code = SHA256()
        code.update(sample.bytes)
        #expect(String(code.hexDigest().prefix(16)) == Self.digests[sample.name], "\(sample.name)")
    }

    /// The first half of the SHA-256 of each message's bytes.
    private static let digests = [
        "ArtifactEntry": "ca3b854c425d2aa5",
        "ArtifactRequest": "245979331aeeed1d",
        "AttemptKey": "58af952296fd8ecd",
        "AttemptReport": "7e10f189733b5cea",
        "AttemptReport by signal": "b357ec18ba27a6e0",
        "CleanupRequest": "662fdc005b305ad3",
        "CollectReply": "eb5d9873e70e7dd7",
        "CollectRequest": "8a27e8191da3b8c4",
        "EndReply": "3b0aad82cd660d89",
        "EndRequest": "4ff7ae785f218441",
        "EndRequest of nobody's": "6b3c822342b832f3",
        "FileChunk": "46d5aafdcad0fbf8",
        "Hello": "1560c0988bbf2426",
        "HelloReply": "b41f15fe11d4c347",
        "LeaseRequest": "de715e07c4b86e2c",
        "LogRequest": "f7ec1bc7f61d34ff",
        "Reports": "02b5456df018a39a",
        "StartRequest": "b0567740f0052c12",
        "StartRequest with a lease": "e5b23750af33e980",
        "StatusRequest": "43dd5a6fb1f0ee46",
        "StatusRequest of a workspace": "eefc4eea9e4ce062",
        "WireFailure": "d50bddcb628c91f2",
        "WireVariable": "49da2f31023a9c41",
        "WorkspaceEntry": "783a8ca211fc2ab6",
        "Workspaces": "c545bbc877fca418",
    ]

    @Test(arguments: WireSample.all) func unknownFieldsAreSkipped(_ sample: WireSample) throws {
        var unknown = WireWriter()
        unknown.field(0, "from a newer version")
        unknown.field(255, [1, 2, 3])
        unknown.field(99, UInt64.max)
        for bound in Self.bounds(sample.bytes) {
            let bytes = sample.bytes[..<bound] + unknown.bytes + sample.bytes[bound...]
            #expect(try sample.isReadFrom(Array(bytes)))
        }
    }

    /// Cut between fields it is a message with fewer of them, cut anywhere else it is none.
    @Test(arguments: WireSample.all) func everyCutIsNoticed(_ sample: WireSample) {
        let bounds = Set(Self.bounds(sample.bytes))
        for length in sample.bytes.indices {
            let cut = Array(sample.bytes.prefix(length))
            if bounds.contains(length) {
                #expect(throws: Never.self) { try sample.rewritten(cut) }
            } else {
                #expect(throws: WireError.truncated) { try sample.rewritten(cut) }
            }
        }
    }

    @Test(arguments: WireSample.full) func everyFieldCounts(_ sample: WireSample) throws {
        let bounds = Self.bounds(sample.bytes)
        for (start, end) in zip(bounds, bounds.dropFirst()) {
            let without = Array(sample.bytes[..<start] + sample.bytes[end...])
            #expect(try !sample.isReadFrom(without))
        }
    }

    /// What is read from whatever bytes is written in one form, from which it is read again.
    @Test(arguments: WireSample.all) func mutantsNeverTrap(_ sample: WireSample) throws {
        let seed = sample.name.utf8.reduce(UInt64(0x3178_e500)) { $0 &* 31 &+ UInt64($1) }
        var generator = SeededGenerator(seed: seed)
        guard !sample.bytes.isEmpty else { return }
        for _ in 0..<600 {
            var mutant = sample.bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !mutant.isEmpty {
                let place = Int.random(in: 0..<mutant.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: mutant[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: mutant.remove(at: place)
                case 3: mutant.insert(contentsOf: sample.bytes.prefix(place), at: place)
                default: mutant.removeSubrange(place..<min(mutant.count, place + 9))
                }
            }
            guard let once = try? sample.rewritten(mutant) else { continue }
            #expect(try sample.rewritten(once) == once, "seed \(seed)")
        }
    }

    // MARK: Fields of the wrong form

    private static func message<Message: WireMessage>(_ tag: UInt8, _ content: [UInt8]) throws -> Message {
        var writer = WireWriter()
        writer.field(tag, content)
        return try Message(wireBytes: writer.bytes[...])
    }

    @Test(arguments: [0, 1, 7, 9]) func numberHasEightBytes(count: Int) {
        #expect(throws: WireError.malformed("number of \(count) bytes")) {
            let _: LogRequest = try Self.message(2, [UInt8](repeating: 0, count: count))
        }
    }

    @Test func numberOf32BitsIsHeldToThem() {
        #expect(throws: WireError.malformed("number over 32 bits")) {
            let _: LogRequest = try Self.message(3, [0, 0, 0, 1, 0, 0, 0, 0])
        }
    }

    /// An exit code is exact, or none: 256 must not become a 0.
    @Test(arguments: [6, 7] as [UInt8], [[0, 0, 0, 0, 0, 0, 1, 0], [255, 255, 255, 255, 255, 255, 255, 255]])
    func exitIsExactOrNone(tag: UInt8, content: [UInt8]) {
        #expect(throws: WireError.self) { let _: AttemptReport = try Self.message(tag, content) }
    }

    @Test func valueOfAClosedSetMustBeKnown() {
        let number: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 99]
        #expect(throws: WireError.malformed("AttemptState 99")) { let _: AttemptReport = try Self.message(2, number) }
        #expect(throws: WireError.malformed("EndCause 99")) { let _: AttemptReport = try Self.message(8, number) }
        #expect(throws: WireError.malformed("EndMode 99")) { let _: EndRequest = try Self.message(2, number) }
        #expect(throws: WireError.malformed("EndOutcome 99")) { let _: EndReply = try Self.message(1, number) }
        #expect(throws: WireError.malformed("Code 99")) { let _: WireFailure = try Self.message(1, number) }
        #expect(throws: WireError.malformed("EndMode 4294967297")) {
            let _: EndRequest = try Self.message(2, [0, 0, 0, 1, 0, 0, 0, 1])
        }
    }

    @Test func textThatIsNotUTF8IsRepaired() throws {
        let variable: WireVariable = try Self.message(1, [0x41, 0xff, 0x42])
        #expect(variable.name == "A\u{fffd}B")
    }

    @Test(arguments: [0, 1, -1, .min, .max] as [Int64]) func signedNumberKeepsItsSign(_ number: Int64) throws {
        var writer = WireWriter()
        writer.field(1, number)
        var reader = WireReader(writer.bytes[...])
        #expect(try reader.next()?.signed() == number)
    }
}
