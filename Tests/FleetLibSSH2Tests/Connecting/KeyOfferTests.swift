import Foundation
import TestServers
import Testing

@testable import FleetLibSSH2

/// Which keys a host is shown, and in which order.
@Suite("Keys that are shown")
struct KeyOfferTests {
    private let directory: String

    init() throws { directory = try PrivateDirectory.make("offer") }

    private func copy(_ name: String, _ suffixes: String...) async throws -> String {
        let keys = try await TestKeys.shared.value
        for suffix in suffixes {
            try FileManager.default.copyItem(atPath: keys.file(name) + suffix, toPath: "\(directory)/\(name)\(suffix)")
        }
        return "\(directory)/\(name)"
    }

    private func blob(_ name: String, _ suffix: String = ".pub") async throws -> [UInt8] {
        try OddAgent.key(inFile: try await TestKeys.shared.value.file(name) + suffix)
    }

    /// What is shown, in words.
    private func shown(_ offer: KeyOffer, _ held: [[UInt8]], isLimited: Bool = true) -> [String] {
        offer.attempts(held: held.map { AgentConnection.Key(blob: $0) }, isLimited: isLimited)
            .map { attempt in
                switch attempt.way {
                case .agent(let key, let signer): key == signer ? "agent" : "agent's with a certificate"
                case .file(let file, let certificate):
                    (file.path as NSString).lastPathComponent + (certificate == nil ? "" : " with a certificate")
                }
            }
    }

    @Test("a public key alone is the agent's, or nobody's", arguments: ["", ".pub"])
    func publicOnly(_ named: String) async throws {
        let path = try await copy("ed25519", ".pub")
        let offer = KeyOffer.read([path + named], certificates: [])
        #expect(offer.unusable == [] && offer.files.count == 1)
        #expect(shown(offer, []) == [])
        #expect(shown(offer, [try await blob("ed25519")]) == ["agent"])
        #expect(shown(offer, [try await blob("ecdsa")]) == [])
        #expect(shown(offer, [try await blob("ecdsa")], isLimited: false) == ["agent"])
    }

    @Test("a file of neither is told, and one that is not there is not")
    func unusable() throws {
        let noise = "\(directory)/noise"
        try "ssh-ed25519 is no key\n".write(toFile: noise, atomically: false, encoding: .utf8)
        #expect(KeyOffer.read([noise, "\(directory)/missing"], certificates: []).unusable == [noise])
    }

    @Test("a key or certificate that is named twice is shown once, and one beside a key only where none is named")
    func twice() async throws {
        let path = try await copy("certified", "", ".pub", "-cert.pub")
        let twice = KeyOffer.read([path, path], certificates: ["\(path)-cert.pub"])
        #expect(shown(twice, []) == ["certified with a certificate", "certified"])
        #expect(shown(KeyOffer.read([path], certificates: ["\(directory)/missing"]), []) == ["certified"])
    }

    @Test("a certificate is signed for by who holds its key", arguments: ["beside the key", "named by itself"])
    func certificates(_ place: String) async throws {
        let isBeside = place == "beside the key"
        let path = try await isBeside ? copy("certified", "", ".pub", "-cert.pub") : copy("certified", "", ".pub")
        let own = try await TestKeys.shared.value.file("certified") + "-cert.pub"
        let offer = KeyOffer.read([path], certificates: isBeside ? [] : [own])
        let (plain, certificate) = (try await blob("certified"), try await blob("certified", "-cert.pub"))
        #expect(shown(offer, []) == ["certified with a certificate", "certified"])
        #expect(shown(offer, [certificate]) == ["agent", "certified"])
        #expect(shown(offer, [certificate], isLimited: false) == ["agent", "certified"])
        #expect(shown(offer, [plain]) == ["agent's with a certificate", "agent"])
        #expect(shown(offer, [try await blob("ecdsa")]) == ["certified with a certificate", "certified"])
        let attempt = try #require(offer.attempts(held: [.init(blob: plain)], isLimited: true).first)
        guard case .file(let file, let line) = try #require(offer.replacement(for: attempt)).way else {
            Issue.record("no file takes the agent's place")
            return
        }
        #expect(file.path == path && line.flatMap(PrivateKeyFile.key(inLine:)) == certificate)
    }

    @Test("a file's content ends in a NUL, and who may read it is known", arguments: [0o600, 0o640, 0o604])
    func content(_ mode: Int) async throws {
        let path = try await copy("ed25519", "")
        chmod(path, mode_t(mode))
        let file = try #require(try PrivateKeyFile(path))
        let content = try #require(file.content)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(content == bytes + [0])
        #expect(file.isExposed == (mode != 0o600))
        #expect(file.canSign && file.type == "ssh-ed25519")
    }

    @Test("keys of security devices are refused, whichever libssh2 there is")
    func devices() {
        #expect(KeyOffer.unsupported("sk-ssh-ed25519@openssh.com") != nil)
        #expect(KeyOffer.unsupported("ssh-ed25519") == nil)
    }
}
