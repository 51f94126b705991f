import TestServers
import TestSupport
import Testing

@testable import FleetLibSSH2

/// Files that nobody wrote on purpose.
@Suite("Damaged files of known hosts")
struct KnownHostsFuzzTests {
    /// Lines to be damaged; none has the key of a line that must stay.
    static let lines: [String] = {
        let keys = [
            SampleKeys.ecdsa256, SampleKeys.ecdsa384, SampleKeys.ecdsa521, SampleKeys.rsa,
            SampleKeys.line("ssh-ed25519", [UInt8](repeating: 9, count: 32)),
        ]
        let names = [
            "a.example", "*", "[a.example]:2222", "*.example,!b.example", HashedNameTests.plain,
            "@revoked a.example", "@revoked *", "@cert-authority *.example", "@revoked\ta.example", "?.example",
        ]
        return names.flatMap { name in keys.map { "\(name) \($0) me@here" } } + ["", "# a comment", "a.example"]
    }()

    @Test("lose no whole line before or after the damage", arguments: 0..<8)
    func damage(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let (first, second) = (SampleKeys.blob(SampleKeys.first), SampleKeys.blob(SampleKeys.second))
        for _ in 0..<100 {
            let damaged = Self.damaged(&random)
            let bytes =
                Array("a.example \(SampleKeys.first)\n".utf8) + damaged
                + Array("\nb.example \(SampleKeys.second)\n".utf8)
            let last = bytes.count { $0 == UInt8(ascii: "\n") }
            let hosts = KnownHosts(files: [.init(path: "file", bytes: bytes)])
            #expect(hosts.verdict(forHost: "a.example", port: 22, key: first) == .known(.init(path: "file", line: 1)))
            #expect(
                hosts.verdict(forHost: "b.example", port: 22, key: second) == .known(.init(path: "file", line: last))
            )
            // Whatever these say, they say it.
            _ = (hosts.findings, hosts.host("a.example", port: 2222).findings)
            _ = hosts.keyTypes(forHost: "a.example", port: 2222)
        }
    }

    @Test("any bytes are read to their end", arguments: 0..<4)
    func noise(_ seed: Int) {
        var random = SeededGenerator(seed: 100 + UInt64(seed))
        for _ in 0..<200 {
            let length = Int.random(in: 0...2000, using: &random)
            let alphabet = Array("\n\n  \t\0|@#*!?,=AZaz09+/".utf8) + [0x80, 0xFF]
            let bytes = (0..<length).compactMap { _ in alphabet.randomElement(using: &random) }
            let hosts = KnownHosts(files: [.init(path: "file", bytes: bytes)])
            #expect(hosts.findings.count <= bytes.count { $0 == UInt8(ascii: "\n") } + 1)
            let verdict = hosts.verdict(forHost: "a", port: 2222, key: SampleKeys.blob(SampleKeys.first))
            #expect(verdict == .unknown(authority: nil))
        }
    }

    @Test("have the lines that ssh-keygen finds in them", arguments: 0..<24)
    func sameAsKeygen(_ seed: Int) async throws {
        var random = SeededGenerator(seed: 200 + UInt64(seed))
        let bench = try await OpenSSHBench.shared.value
        for round in 0..<4 {
            let bytes = Self.damaged(&random)
            let file = KnownHosts.File(path: bench.directory + "/damaged-\(seed)-\(round)", bytes: bytes)
            try bench.write(bytes, to: file.path)
            for name in ["a.example", "[a.example]:2222"] {
                let ours = OpenSSHBench.lines(named: name, in: file)
                #expect(try await bench.keygenLines(named: name, in: file.path) == ours, "\(file.path) \(name)")
            }
        }
    }

    /// A file of some lines with some bytes changed, put in, taken out, or cut off.
    static func damaged(_ random: inout SeededGenerator) -> [UInt8] {
        let count = Int.random(in: 1...12, using: &random)
        var bytes = (0..<count).compactMap { _ in lines.randomElement(using: &random) }
            .flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
        let alphabet = Array("\n \t\0\r|@#*!?,=A".utf8) + [0xFF]
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            guard let at = bytes.indices.randomElement(using: &random) else { break }
            let byte = alphabet.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[at] = byte
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.insert(byte, at: at)
            case 3: bytes.remove(at: at)
            default: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...80, using: &random)))
            }
        }
        return bytes
    }
}
