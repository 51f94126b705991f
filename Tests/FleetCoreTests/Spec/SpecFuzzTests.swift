import FleetCore
import TestSupport
import Testing

/// Documents that are almost right.
@Suite struct SpecFuzzTests {
    static let seed: UInt64 = 0x5eed_2026

    /// A document with most of what there is, small so that much of it is hit.
    static let document = Array(
        #"""
        {"name": "n\u00e9\ud83d\udc0b", "labels": {"b": "main"}, "lost_after": 60, "on_manager_loss": {"stop_after": 5},
        "defaults": {"env": {"LANG": "C"}, "retry_policy": {"max_attempts": 2, "on": ["lost"]}, "tags": ["d"]},
        "workers": [{"id": "w", "host": {"kind": "local", "path": "/a:~/b", "env_allowlist": ["LANG"]}},
        {"id": "s", "host": {"kind": "ssh", "host": "h", "port": 22, "working_directory": "/w", "codewhale_binary": "~/b",
        "proxy_jump": "a@b:1", "transport": "auto"}, "capabilities": ["c"], "exec": ["x", "{instructions}"]}],
        "tasks": [{"id": "a", "instructions": "do {v}\n", "matrix": {"v": [1, 2.5e0, "x", true]}, "objective": "{v}",
        "expected_artifacts": ["log", {"kind": "r", "path": "o/{v}"}], "metadata": {"k": [1, {}], "priority": 3}},
        {"id": "b", "command": ["t", "", "é"], "depends_on": ["a", "a.1"], "requires": ["c"], "budget": {"max_seconds": 9},
        "scorer": {"kind": "regex_match", "path": "p", "pattern": "."}, "input_files": ["i"], "context": ["l", "m"]},
        {"id": "c", "command": "x", "timeout_seconds": 1.5, "priority": -1, "log_limit_bytes": 4096,
        "alert_policy": {"channels": [{"kind": "slack", "url_ref": "S"}], "after_attempts": 1}}]}
        """#
        .utf8
    )

    @Test func documentItselfIsRead() throws {
        let spec = try RunSpec(json: Self.document)
        #expect(spec.tasks.count == 6)
        try Spec.expectRoundTrip(spec)
    }

    /// One to three changes of bytes: each time faults or a spec that can be written and read again, never a trap.
    @Test(arguments: 0..<8) func changedBytesGiveASpecOrFaults(part: Int) throws {
        let seed = Self.seed &+ UInt64(part)
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<2_500 {
            let mutant = Self.mutant(&generator)
            do throws(SpecError) {
                let spec = try RunSpec(json: mutant)
                accepted += 1
                let again = try? RunSpec(acceptedJSON: spec.specJSON)
                #expect(again == spec, "seed \(seed): \(String(decoding: mutant, as: UTF8.self))")
            } catch {
                #expect(!error.faults.isEmpty, "seed \(seed)")
            }
        }
        // Else nothing but the parser was tried.
        #expect(accepted > 20, "seed \(seed)")
        print("2,500 mutations with seed \(seed): \(accepted) accepted")
    }

    /// Words of one place put in another: what the parser lets through, so that the reader is tried.
    @Test(arguments: 0..<4) func exchangedWordsGiveASpecOrFaults(part: Int) throws {
        let seed = Self.seed &+ 100 &+ UInt64(part)
        var generator = SeededGenerator(seed: seed)
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        for byte in Self.document {
            if "{}[],: \n".utf8.contains(byte) {
                if !word.isEmpty { words.append(word) }
                words.append([byte])
                word = []
            } else {
                word.append(byte)
            }
        }
        let values =
            words.filter { $0.count > 1 || ($0.first ?? 0) >= UInt8(ascii: "0") }
            + ["null", "-1", "{}", "[]", "1e9"].map { Array($0.utf8) }
        for _ in 0..<1_000 {
            var changed = words
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let places = changed.indices.filter { changed[$0].count > 1 }
                guard let place = places.randomElement(using: &generator) else { continue }
                changed[place] = values.randomElement(using: &generator) ?? []
            }
            let mutant = Array(changed.joined())
            do throws(SpecError) {
                let spec = try RunSpec(json: mutant)
                let again = try? RunSpec(acceptedJSON: spec.specJSON)
                #expect(again == spec, "seed \(seed): \(String(decoding: mutant, as: UTF8.self))")
            } catch {
                #expect(!error.faults.isEmpty, "seed \(seed)")
            }
        }
        print("1,000 exchanges with seed \(seed)")
    }

    private static let pieces = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\udc0b", "\\u0000", "null", "true", "1e999", "-",
        "0",
        "..", "/", "~", "{v}", "\n", "\t", "\u{1b}", "\u{0}", "é", "{\"a\":1}", "[[[[", "9223372036854775808", "a.1",
        "=",
    ]
    .map { Array($0.utf8) }

    private static func mutant(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = document
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: place)
            case 4:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
                let piece = Array(bytes[place..<end])
                bytes.insert(contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &generator))
            default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &generator)))
            }
        }
        return bytes
    }
}
